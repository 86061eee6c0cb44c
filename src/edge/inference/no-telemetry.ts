/*
 * ONNX Runtime sends figures about its use to its maker unless this is set before it is loaded. A device at a
 * door talks to its broker and to nobody else.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
