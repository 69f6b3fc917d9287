// Reads codes from pictures in a thread of its own, so that a slow phone stays quick under the thumb.

importScripts("/staff/zxing.js");
// From here and from nowhere else: by itself the library would fetch this file from another host.
ZXingWASM.prepareZXingModule({ overrides: { locateFile: (path) => `/staff/${path}` } });

onmessage = async ({ data: picture }) => {
  try {
    const found = await ZXingWASM.readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true });
    postMessage({ text: found.find((each) => each.isValid)?.text ?? null });
  } catch (error) {
    postMessage({ text: null, fault: String(error?.name || "Error") });
  }
};
