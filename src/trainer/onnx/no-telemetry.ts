/*
 * ONNX Runtime sends figures about its use to its maker unless this is set before it is loaded. What is
 * trained here is nobody else's business.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
