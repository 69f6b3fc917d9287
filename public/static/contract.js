// Tries the calls of the contract from its page. The token stays in this tab and goes to this origin only.
"use strict";

(() => {
  const REMEMBERED = "lizan-token";
  const PATIENCE_MS = 30_000;
  const token = document.getElementById("token");

  function remember(value) {
    token.value = value;
    sessionStorage.setItem(REMEMBERED, value);
  }

  function address(form) {
    const query = new URLSearchParams();
    let path = form.dataset.path;
    for (const field of form.querySelectorAll("[data-in]")) {
      const value = field.value.trim();
      if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      if (field.dataset.in === "query" && value) query.append(field.name, value);
    }
    return query.size ? `${path}?${query}` : path;
  }

  function request(form) {
    const headers = {};
    const body = form.querySelector("[data-in=body]");
    if (token.value.trim()) headers.authorization = `Bearer ${token.value.trim()}`;
    if (body) headers["content-type"] = "application/json";
    return { method: form.dataset.method, headers, body: body?.value, signal: AbortSignal.timeout(PATIENCE_MS) };
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function picture(svg) {
    const image = document.createElement("img");
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    image.alt = "答复的图片";
    return image;
  }

  function words(text) {
    const value = parsed(text);
    const shown = document.createElement("pre");
    shown.tabIndex = 0;
    shown.setAttribute("aria-label", "答复");
    shown.textContent = value === null ? text : JSON.stringify(value, null, 2);
    return shown;
  }

  function keepToken(form, answer, text) {
    const call = `${form.dataset.method} ${form.dataset.path}`;
    if (call === "POST /api/v1/sessions" && answer.ok) remember(parsed(text)?.token ?? "");
    if (call === "DELETE /api/v1/sessions/current" && answer.ok) remember("");
  }

  async function send(form) {
    const began = performance.now();
    const answer = await fetch(address(form), request(form));
    const text = await answer.text();
    const isSvg = (answer.headers.get("content-type") ?? "").startsWith("image/svg+xml");
    keepToken(form, answer, text);
    say(form, `${answer.status} · ${Math.round(performance.now() - began)} 毫秒`, answer.ok ? "is-ok" : "is-bad");
    show(form, text && (isSvg ? picture(text) : words(text)));
  }

  function say(form, text, state) {
    const chip = document.createElement("span");
    chip.className = `chip ${state}`;
    chip.textContent = text;
    form.querySelector(".outcome").replaceChildren(chip);
  }

  function show(form, node) {
    const answer = form.querySelector(".answer");
    answer.hidden = !node;
    answer.replaceChildren(...(node ? [node] : []));
  }

  // The same nonce gets the same answer again, so every form starts with one of its own.
  function freshNonce(form) {
    const body = form.querySelector("[data-in=body]");
    const digits = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0"));
    if (body) body.value = body.value.replace('"nonce": ""', `"nonce": "${digits.join("")}"`);
  }

  function prepare(form) {
    const button = form.querySelector("[type=submit]");
    freshNonce(form);
    form.hidden = false;
    form.addEventListener("reset", () => setTimeout(() => freshNonce(form)));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      try {
        await send(form);
      } catch {
        say(form, "没有连上服务，请检查后再试", "is-bad");
        show(form, null);
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }

  function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  }

  token.value = sessionStorage.getItem(REMEMBERED) ?? "";
  token.addEventListener("input", () => remember(token.value.trim()));
  for (const form of document.querySelectorAll("form.try")) prepare(form);
  addEventListener("hashchange", openTarget);
  openTarget();
})();
