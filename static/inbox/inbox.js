/* The inbox while it is open: counts down, looks for new leads, dials. Everything works without it. */
"use strict";

(() => {
  const POLL_SECONDS = 4, LONGEST_WAIT = 60, MINUTE = 60;
  const desk = document.getElementById("desk");
  const stamp = document.querySelector("[data-now]");
  const offset = stamp ? Number(stamp.dataset.now) * 1000 - Date.now() : 0;

  /* --- countdowns: by the server's clock --- */
  const two = (number) => String(number).padStart(2, "0");
  function span(seconds) {
    const whole = Math.floor(Math.abs(seconds));
    if (whole < 60 * MINUTE) return `${Math.floor(whole / MINUTE)}:${two(whole % MINUTE)}`;
    const hours = Math.floor(whole / 3600);
    return hours < 48 ? `${hours} h ${two(Math.floor((whole % 3600) / MINUTE))} min` : `${Math.floor(hours / 24)} days`;
  }
  function tick() {
    const now = (Date.now() + offset) / 1000;
    for (const chip of document.querySelectorAll("[data-due]")) {
      const left = Number(chip.dataset.due) - now;
      const text = left >= 0 ? `${span(left)} left` : `${span(left)} late`;
      if (chip.textContent !== text) chip.textContent = text;
      chip.classList.toggle("chip--red", left < 0);
      chip.classList.toggle("chip--amber", left >= 0);
      chip.closest(".card")?.classList.toggle("card--late", left < 0);
    }
  }
  tick();
  setInterval(tick, 1000);

  /* --- no form is sent twice; a call is noted and dialled in one tap --- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
    if (!form.dataset.reach) return;
    event.preventDefault();
    fetch(form.action, {
      method: "POST", body: new FormData(form), keepalive: true, headers: { "X-Requested-With": "fetch" },
    }).then((answer) => {
      if (answer.redirected || answer.status !== 204) location.assign(form.dataset.back);
      else if (desk) look();
      else location.reload();
    }).catch(() => form.submit());
    location.assign(form.dataset.reach);
  });

  if ("serviceWorker" in navigator && document.body.dataset.worker) {
    navigator.serviceWorker.register(document.body.dataset.worker).catch(() => {});
  }
  if (!desk) return;

  /* --- what is new: the list again, only if it changed --- */
  let wait = POLL_SECONDS, known = leads();
  const title = document.title;
  function leads() {
    return new Set([...desk.querySelectorAll("[data-lead]")].map((card) => card.dataset.lead));
  }
  function count() {
    document.title = known.size ? `(${known.size}) ${title}` : title;
  }
  count();

  function show(html) {
    const open = [...desk.querySelectorAll("details[open]")].map((one) => one.id);
    const focused = document.activeElement?.id;
    desk.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
    const now = leads(), fresh = [...now].filter((lead) => !known.has(lead));
    known = now;
    count();
    tick();
    for (const lead of fresh) announce(desk.querySelector(`[data-lead="${CSS.escape(lead)}"]`));
  }
  async function look() {
    try {
      const headers = { "If-None-Match": desk.dataset.mark };
      const answer = await fetch(desk.dataset.pulse, { headers, cache: "no-store" });
      if (answer.status === 401) return location.reload();
      if (answer.status === 200) {
        desk.dataset.mark = answer.headers.get("ETag");
        show(await answer.text());
      }
      wait = answer.status >= 500 ? Math.min(wait * 2, LONGEST_WAIT) : POLL_SECONDS;
    } catch {
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
    document.getElementById("offline").hidden = wait === POLL_SECONDS;
  }
  async function poll() {
    await look();
    setTimeout(poll, wait * 1000);
  }
  setTimeout(poll, wait * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  /* --- notification and sound, if the rep wants them --- */
  const notify = document.getElementById("notify"), sound = document.getElementById("sound");
  function remember(box, name, ask) {
    box.closest("label").hidden = false;
    box.checked = localStorage.getItem(name) === "yes";
    box.addEventListener("change", async () => {
      if (box.checked && ask && !(await ask())) box.checked = false;
      localStorage.setItem(name, box.checked ? "yes" : "no");
    });
  }
  if ("Notification" in window) {
    remember(notify, "notify", async () => (await Notification.requestPermission()) === "granted");
    if (Notification.permission !== "granted") notify.checked = false;
  }
  if ("AudioContext" in window) remember(sound, "sound", async () => { ping(); return true; });

  let audio = null;
  function ping() {
    audio ??= new AudioContext();
    audio.resume();
    [880, 1320].forEach((pitch, number) => {
      const tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + number * 0.16;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.001, at);
      volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.15);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.16);
    });
  }
  async function announce(card) {
    if (!card) return;
    card.classList.add("card--new");
    document.getElementById("news").textContent = card.dataset.news;
    if (sound.checked) ping();
    if (!notify.checked || !document.hidden) return;
    const options = { body: card.dataset.news, tag: card.dataset.lead, icon: desk.dataset.icon };
    const worker = await navigator.serviceWorker?.getRegistration();
    if (worker) worker.showNotification("A lead for you", options);
    else new Notification("A lead for you", options);
  }
})();
