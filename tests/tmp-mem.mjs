import fs from 'node:fs';
const rss=()=>(process.memoryUsage().rss/1e6).toFixed(0);
const out=['start '+rss()];
const sharp=(await import('sharp')).default; out.push('sharp '+rss());
if(process.env.CACHE)sharp.cache(false); if(process.env.CONC)sharp.concurrency(+process.env.CONC);
const bytes=fs.readFileSync('/tmp/v/one.jpg');
const every=+(process.env.GC??0);
let max=0;
for(let i=0;i<600;i++){const {data}=await sharp(bytes,{failOn:'error',autoOrient:true}).raw().toBuffer({resolveWithObject:true}); if(i==0)out.push('first '+rss()); if(every&&i%every==0)globalThis.gc({type:process.env.GCT??'minor'}); const r=process.memoryUsage().rss/1e6;if(r>max)max=r;}
out.push('end '+rss()+' max '+max.toFixed(0)+' ext '+(process.memoryUsage().external/1e6).toFixed(0)); console.log(out.join(', '));
