// The camera: pictures to the reader, one at a time, and the torch where there is one.

const WIDEST = 960;
const BETWEEN_MS = 60;

export class Camera {
  #stream = null;
  #timer = 0;
  #reader = null;

  /** `onText` gets every code that is read, the same one again and again while it is held there. */
  constructor(video, onText, onFault) {
    this.video = video;
    this.onText = onText;
    this.onFault = onFault;
    this.canvas = document.createElement("canvas");
    this.drawing = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  get isOn() {
    return this.#stream !== null;
  }

  /** Rejects as getUserMedia does: NotAllowedError where the person says no, NotFoundError without a camera. */
  async start(deviceId = null) {
    this.stop();
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" };
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError");
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.video.srcObject = this.#stream;
    await this.video.play();
    this.#reader ??= this.#makeReader();
    this.#next();
  }

  stop() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  async cameras() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.filter((each) => each.kind === "videoinput");
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  async light(isOn) {
    await this.#track?.applyConstraints({ advanced: [{ torch: isOn }] });
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  #makeReader() {
    const reader = new Worker("/staff/reader.js");
    reader.onmessage = ({ data }) => {
      if (data.text && this.isOn) this.onText(data.text);
      if (data.fault) this.onFault(data.fault);
      this.#next();
    };
    reader.onerror = () => this.onFault("NoReader");
    return reader;
  }

  #next() {
    clearTimeout(this.#timer);
    if (this.isOn) this.#timer = setTimeout(() => this.#send(), BETWEEN_MS);
  }

  #send() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || document.hidden) return this.#next();
    const scale = Math.min(1, WIDEST / videoWidth);
    this.canvas.width = Math.round(videoWidth * scale);
    this.canvas.height = Math.round(videoHeight * scale);
    this.drawing.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const picture = this.drawing.getImageData(0, 0, this.canvas.width, this.canvas.height);
    this.#reader.postMessage(picture, [picture.data.buffer]);
  }
}
