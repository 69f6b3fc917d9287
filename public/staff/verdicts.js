// How each verdict looks, sounds and reads. Shape, word and sound each say it alone; colour comes last.

const LOOKS = {
  CheckedIn: ["ok", "可入场", ""],
  CheckedOut: ["ok", "已签退", "可以离场"],
  AlreadyCheckedIn: ["again", "已签到", "可以放行，无需再签"],
  AlreadyCheckedOut: ["again", "已签退", "无需再签"],
  TooEarly: ["wait", "未到时", "请稍候，开放后再扫"],
  TooLate: ["wait", "已结束", "请引导到服务台"],
  NotEnrolled: ["ask", "未报名", "名单中没有，请引导到服务台"],
  Waitlisted: ["ask", "候补中", "尚未轮到，请引导到服务台"],
  NotCheckedIn: ["ask", "请核对", "没有签到记录，请先签到"],
  OutOfArea: ["ask", "请核对", "不在签到范围内"],
  UnknownCode: ["no", "不可用", "不是本系统的个人签到码"],
  CodeExpired: ["no", "不可用", "码已过期，请对方刷新后再扫"],
  WrongEvent: ["no", "不可用", "这是另一场活动的码"],
  TicketRevoked: ["no", "不可用", "此码已停用，请对方重新打开"],
  EnrolmentCancelled: ["no", "已取消", "报名已取消，请引导到服务台"],
  EventCancelled: ["no", "已取消", "活动已取消"],
};

export const isAccepted = (verdict) => verdict === "CheckedIn" || verdict === "CheckedOut";

/** `isOffline`: the phone judged by itself. `how` names the look: its silhouette, its sound, its colour. */
export function lookOf(verdict, { isOffline = false } = {}) {
  const [how, word, advice] = LOOKS[verdict] ?? ["ask", "请核对", "请引导到服务台"];
  return { how, word, advice, symbol: isOffline && how === "ok" ? "verdict-held" : `verdict-${how}` };
}

export const SOUND_NAMES = { ok: "升", again: "平", wait: "候", ask: "问", no: "降" };
// [hertz from, hertz to, seconds from, seconds long]
const TONES = {
  ok: [[587, 587, 0, 0.12], [880, 880, 0.13, 0.2]],
  again: [[587, 587, 0, 0.22]],
  wait: [[523, 523, 0, 0.14], [523, 523, 0.26, 0.14]],
  ask: [[494, 494, 0, 0.11], [740, 740, 0.12, 0.11], [494, 494, 0.24, 0.15]],
  no: [[660, 440, 0, 0.4]],
};
const VIBRATIONS = { ok: [40], again: [], wait: [], ask: [250], no: [120, 90, 120] };

export class Sounds {
  #context = null;
  isOn = true;

  /** Browsers let a page sound only after a touch. */
  wake() {
    this.#context ??= window.AudioContext ? new AudioContext() : null;
    this.#context?.resume?.();
  }

  play(how) {
    if (VIBRATIONS[how].length && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(VIBRATIONS[how]);
    const context = this.#context;
    if (!this.isOn || context?.state !== "running") return;
    for (const [from, to, start, long] of TONES[how]) {
      const tone = new OscillatorNode(context, { type: "sine", frequency: from });
      const loud = new GainNode(context, { gain: 0 });
      const begin = context.currentTime + start;
      tone.frequency.linearRampToValueAtTime(to, begin + long);
      loud.gain.setValueAtTime(0, begin);
      loud.gain.linearRampToValueAtTime(0.5, begin + 0.015);
      loud.gain.linearRampToValueAtTime(0, begin + long);
      tone.connect(loud).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + long);
    }
  }
}
