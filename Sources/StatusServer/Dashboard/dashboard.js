"use strict";
// Polls /status and shows it. Everything that comes from there is set as text, never as markup.
(() => {
  const every = 2000, kept = 90, patience = 5000;
  const verdicts = ["allowed", "limited", "forbidden", "unavailable"];
  const rates = [];
  let last = null;

  const get = (id) => document.getElementById(id);
  const show = (id, text) => { const node = get(id); if (node.textContent !== text) node.textContent = text; };
  const count = new Intl.NumberFormat("en");
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const plural = (n, one, many) => `${count.format(n)} ${n === 1 ? one : many}`;
  const figure = (n) => (n < 1e6 ? count.format(n) : short.format(n));

  function duration(seconds) {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
  }

  function element(name, className, text) {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function bar(parts, whole) {
    const node = element("div", "bar");
    node.setAttribute("aria-hidden", "true");
    for (const [verdict, n] of parts) {
      if (n <= 0) continue;
      const piece = element("i");
      if (verdict) piece.dataset.verdict = verdict;
      piece.style.width = `${(100 * n) / Math.max(1, whole)}%`;
      node.append(piece);
    }
    return node;
  }

  function row(name, isCode, share, numbers) {
    const line = element("tr"), head = element("th"), cell = element("td", "share");
    head.scope = "row";
    head.append(isCode ? element("code", "", name) : name);
    cell.append(share);
    line.append(head, cell, ...numbers.map((n) => element("td", n ? "number" : "number zero", count.format(n))));
    return line;
  }

  function fill(id, rows, columns, otherwise) {
    if (rows.length === 0) {
      const line = element("tr"), cell = element("td", "empty", otherwise);
      cell.colSpan = columns;
      line.append(cell);
      rows = [line];
    }
    get(id).replaceChildren(...rows);
  }

  const decided = (entry) => verdicts.reduce((sum, verdict) => sum + entry[verdict], 0);

  function showRate(status, total) {
    const now = performance.now();
    // A total that has shrunk is another daemon's: begin anew.
    if (last && (total < last.total || status.uptime_s < last.uptime)) { last = null; rates.length = 0; }
    if (last && now > last.at) {
      rates.push(((total - last.total) * 1000) / (now - last.at));
      if (rates.length > kept) rates.shift();
      const rate = rates[rates.length - 1];
      show("rate", rate < 10 ? rate.toFixed(1) : figure(Math.round(rate)));
    }
    last = { total, at: now, uptime: status.uptime_s };
    show("decided", `${plural(total, "decision", "decisions")} since the start`);
    const top = Math.max(1, ...rates), step = 240 / (kept - 1), from = 240 - (rates.length - 1) * step;
    const points = rates.map((rate, i) => `${(from + i * step).toFixed(1)},${(47 - (45 * rate) / top).toFixed(1)}`);
    get("line").setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
    get("area").setAttribute("d", points.length > 1 ? `M${from.toFixed(1)},48L${points.join("L")}L240,48Z` : "");
  }

  function showState(status) {
    const degraded = status.store.state !== "ready";
    const state = get("state");
    show("state", status.ready ? (degraded ? "ready, store degraded" : "ready") : "not ready");
    state.dataset.state = status.ready ? (degraded ? "unknown" : "ready") : "down";
    document.title = status.ready ? "Headgate" : "Headgate: not ready";
    show("version", `version ${status.version}`);
    show("uptime", duration(status.uptime_s));
    show("started", `since ${new Date((status.time - status.uptime_s) * 1000).toLocaleString()}`);
    show("rules", figure(status.policy.rules));
    show("rules-unit", status.policy.rules === 1 ? "rule" : "rules");
    show("fingerprint", status.policy.fingerprint);
    show("loaded", `loaded ${duration(status.time - status.policy.loaded_at)} ago`);
    const problem = status.policy.reload_problem;
    get("notice").hidden = !problem;
    show("notice", problem ? `The last reload was refused, the policy before it stays in force: ${problem}` : "");
    show("connections", figure(status.connections));
    show("peers", plural(status.peers, "daemon on this store", "daemons on this store"));
  }

  function showStore(store) {
    show("store", store.kind);
    show("store-state", store.latency_us === null ? store.state : `${store.state}, ${(store.latency_us / 1000).toFixed(1)} ms`);
    const parts = [];
    if (store.keys !== null) parts.push(plural(store.keys, "counter", "counters"));
    if (store.evictions) parts.push(`${count.format(store.evictions)} evicted`);
    if (store.control === "out") parts.push("control connection out");
    show("store-detail", parts.join(", "));
  }

  function showTables(status) {
    const rules = [...status.totals].sort((a, b) => decided(b) - decided(a)).filter((entry) => decided(entry) + entry.shadow_limited);
    const most = Math.max(1, ...rules.map(decided));
    fill("totals", rules.map((entry) => row(
      entry.rule || "(no rule)", false, bar(verdicts.map((verdict) => [verdict, entry[verdict]]), most),
      [...verdicts.map((verdict) => entry[verdict]), entry.shadow_limited],
    )), 7, "Nothing has been decided yet.");
    show("failed", status.failed ? `${plural(status.failed, "check", "checks")} without a verdict: invalid, or out of time` : "");
    const clients = status.top_clients, busiest = Math.max(1, ...clients.map((entry) => entry.checks));
    fill("clients", clients.map((entry) => row(
      entry.client, true, bar([["", entry.checks]], busiest), [entry.checks],
    )), 3, "No client has been sampled yet.");
  }

  function showPools(status) {
    get("pools-panel").hidden = status.pools.length === 0;
    get("pools").replaceChildren(...status.pools.flatMap((pool) => pool.replicas.map((replica, i) => {
      const line = element("tr"), head = element("th", "", i ? "" : pool.name);
      head.scope = "row";
      line.append(
        head, element("td", "number", i ? "" : pool.scale.toFixed(2)), element("td", "", replica.id),
        element("td", "", replica.overdue ? `${replica.state}, for too long` : replica.state),
        element("td", "number", replica.load.toFixed(2)), element("td", "number", duration(status.time - replica.since)),
      );
      return line;
    })));
  }

  function lost(reason) {
    document.documentElement.classList.add("stale");
    document.title = "Headgate: no answer";
    show("state", "no answer");
    get("state").dataset.state = "down";
    show("notice", `The daemon does not answer (${reason}). What is shown is old.`);
    get("notice").hidden = false;
    last = null;
  }

  async function poll() {
    if (!document.hidden) {
      try {
        const response = await fetch("/status", { cache: "no-store", signal: AbortSignal.timeout(patience) });
        if (!response.ok) throw new Error(`status ${response.status}`);
        const status = await response.json();
        showState(status);
        showStore(status.store);
        showRate(status, status.totals.reduce((sum, entry) => sum + decided(entry), 0));
        showTables(status);
        showPools(status);
        show("updated", `updated ${new Date().toLocaleTimeString()}`);
        document.documentElement.classList.remove("stale");
      } catch (error) {
        lost(error.message);
      }
    }
    setTimeout(poll, every);
  }

  poll();
})();
