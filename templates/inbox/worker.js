{% load static %}"use strict";

/* Keeps the shell, and never a lead: pages come from the network, or not at all. */
const SHELL = ["{% static 'inbox/inbox.css' %}", "{% static 'inbox/inbox.js' %}", "{% static 'inbox/icon-192.png' %}", "{% url 'inbox:offline' %}"];
const CACHE = "leads-shell-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event, path = new URL(request.url).pathname;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("{% url 'inbox:offline' %}")));
  } else if (SHELL.includes(path)) {
    event.respondWith(fetch(request).then(async (answer) => {
      if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
      return answer;
    }).catch(() => caches.match(request)));
  }
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((open) =>
    open.length ? open[0].focus() : self.clients.openWindow("{% url 'inbox:leads' %}")));
});
