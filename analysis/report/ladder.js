/* ladder.js - the interactive ladder of a report: one flow, drawn from the JSON that report_flow.c writes.
 *
 * A step is one message over one interface: sent, received (ns; without it: lost), from, to (columns), iface, proto, name,
 * inside (what it carries), carried (the outermost of that), oa (O1, A1 ...), nth (2 and more: repetitions), copy, fate, detail, clause, size, group (the end-to-end message it
 * belongs to), text and changes (indices into flow.lines). events: turning points; states: what machines of the nodes
 * did; tables: offer, answer and preconditions as a node sees them; intervals: where a time went, in parts that touch (from and to: columns
 * of the link that was crossed).
 *
 * Only what is in view is drawn, so that a ladder of thousands of messages stays quick. */
"use strict";
(() => {
    const COLUMN = 150, LEFT = 92, TOP = 34, GAP = 16, CAP = 34, MARGIN = 300;
    /* Distinguishable for the colour-blind (Okabe and Ito). */
    const COLOURS = {SIP: "#0072b2", Diameter: "#d55e00", GTP: "#00805c", RRC: "#b1498c", S1AP: "#b07700", NAS: "#b1498c", DNS: "#2f8fc4"};
    const PARTS = {propagation: "#0072b2", service: "#d55e00", processing: "#00805c", "station queue": "#b07700", "link queue": "#b07700",
                   serialisation: "#56b4e9", timer: "#b1498c", reservation: "#444", user: "#999"};
    const SVG = "http://www.w3.org/2000/svg";

    const colour = proto => COLOURS[proto] || "#444";
    const el = (tag, attributes, ...children) => {
        const e = document.createElement(tag);
        for (const [k, v] of Object.entries(attributes || {}))
            k.startsWith("on") ? e.addEventListener(k.slice(2), v) : v === true ? e.setAttribute(k, "") : v !== false && v != null && e.setAttribute(k, v);
        e.append(...children.filter(c => c != null));
        return e;
    };
    const draw = (tag, attributes, ...children) => {
        const e = document.createElementNS(SVG, tag);
        for (const [k, v] of Object.entries(attributes || {}))
            e.setAttribute(k, v);
        e.append(...children);
        return e;
    };
    const ms = ns => (ns / 1e6).toFixed(3);
    const nice = ns => ns >= 1e9 ? (ns / 1e9).toFixed(ns >= 1e10 ? 1 : 2) + " s" : ns >= 1e7 ? (ns / 1e6).toFixed(0) + " ms" : (ns / 1e6).toFixed(ns >= 1e6 ? 1 : 3) + " ms";
    /* First index whose key is not below x; the list ascends. */
    const lower = (list, key, x) => {
        let low = 0, high = list.length;
        while (low < high) {
            const mid = (low + high) >> 1;
            key(list[mid]) < x ? low = mid + 1 : high = mid;
        }
        return low;
    };

    class Ladder {
        constructor(root, flow) {
            this.root = root;
            this.flow = flow;
            flow.steps.forEach((s, i) => { s.i = i; });
            this.protocols = [...new Set(flow.steps.map(s => s.proto))];
            this.on = new Set(flow.show && flow.show.length ? flow.show.filter(p => this.protocols.includes(p)) : this.protocols);
            this.hidden = new Set(flow.hide || []);
            this.columns = new Set(flow.nodes.keys());
            this.picked = -1;
            this.zoom = 1;
            this.trueTime = false;
            this.classMode = false;
            this.plain = true;
            this.found = null;
            this.interval = Math.max(0, flow.intervals.findIndex(v => v.name === (flow.interval || "setup_time")));
            this.build();
            this.layout();
        }

        /* ---- the page ---- */

        build() {
            const button = (text, title, click) => el("button", {type: "button", title, onclick: click}, text);
            this.place = el("span", {class: "place"});
            this.scale = button("True time", "Distances are proportional to time; else long gaps are shortened (t)", () => this.toggle("trueTime"));
            this.lesson = button("Class mode", "Hide what comes next (c)", () => this.toggle("classMode"));
            this.wording = el("select", {title: "Wording of the explanations", onchange: e => { this.plain = e.target.value === "plain"; this.detail(); }},
                              el("option", {value: "plain"}, "for beginners"), el("option", {value: "engineer"}, "for engineers"));
            this.search = el("input", {type: "search", placeholder: "find in messages  /", size: 18, oninput: () => this.find(), onkeydown: e => {
                if (e.key === "Enter") this.findNext();
                e.stopPropagation();
            }});
            this.range = el("input", {type: "range", min: -3, max: 6, step: 0.25, value: 0, title: "Zoom (+ and -)", oninput: e => { this.setZoom(2 ** e.target.value); }});
            const bar = el("div", {class: "bar"}, el("h2", {}, this.flow.title ? `${this.flow.title} — ${this.flow.name}` : this.flow.name),
                           button("◀", "One step back (left)", () => this.move(-1)), button("▶", "One step on (right)", () => this.move(1)), this.place,
                           el("label", {}, "zoom", this.range), this.scale, this.lesson, this.wording, this.search);
            this.chips = el("div", {class: "chips"});
            this.head = draw("svg", {class: "head", height: TOP});
            this.canvas = draw("svg", {class: "draw"});
            this.tall = el("div", {class: "tall"}, this.canvas);
            this.sheet = el("div", {class: "sheet", onscroll: () => this.redraw()}, this.head, this.tall);
            this.aside = el("aside", {class: "detail", "aria-live": "polite"});
            this.water = el("div", {class: "waterfall"});
            this.root.append(bar, this.chips, el("div", {class: "main"}, this.sheet, this.aside), this.water);
            this.root.tabIndex = 0;
            this.root.addEventListener("keydown", e => this.key(e));
            this.canvas.addEventListener("click", e => {
                const arrow = e.target.closest("[data-i]");
                if (arrow) this.pick(+arrow.dataset.i);
                this.root.focus({preventScroll: true});
            });
            new ResizeObserver(() => this.redraw()).observe(this.sheet);
            this.drawChips();
            this.drawWaterfall();
        }

        drawChips() {
            const chip = (text, on, title, click, tint) => el("button", {type: "button", class: on ? "chip on" : "chip", title, "aria-pressed": on ? "true" : "false", onclick: click},
                                                               tint ? el("i", {style: `background:${tint}`}) : null, text);
            const flip = (set, value) => () => { set.has(value) ? set.delete(value) : set.add(value); this.drawChips(); this.layout(); };
            const names = this.flow.hide || [];
            this.chips.replaceChildren(
                el("span", {class: "kind"}, "protocols"), ...this.protocols.map(p => chip(p, this.on.has(p), `show or hide ${p}`, flip(this.on, p), colour(p))),
                el("span", {class: "kind"}, "nodes"), ...this.flow.nodes.map((n, k) => chip(n.name, this.columns.has(k), n.roles.join(", "), flip(this.columns, k))),
                ...(names.length ? [el("span", {class: "kind"}, "messages")] : []),
                ...names.map(n => chip(n, !this.hidden.has(n), `show or hide ${n}`, flip(this.hidden, n))));
        }

        key(e) {
            const act = {ArrowRight: () => this.move(1), ArrowLeft: () => this.move(-1), n: () => this.move(1), p: () => this.move(-1),
                         Home: () => this.pick(this.shown.length ? this.shown[0].i : -1), End: () => this.pick(this.shown.length ? this.shown[this.shown.length - 1].i : -1),
                         "+": () => this.setZoom(this.zoom * 1.4), "-": () => this.setZoom(this.zoom / 1.4), t: () => this.toggle("trueTime"),
                         c: () => this.toggle("classMode"), "/": () => this.search.focus()}[e.key];
            if (!act || e.ctrlKey || e.metaKey || e.altKey || e.target.tagName === "SELECT") return;
            e.preventDefault();
            act();
        }

        toggle(what) {
            this[what] = !this[what];
            this.scale.setAttribute("aria-pressed", this.trueTime);
            this.lesson.setAttribute("aria-pressed", this.classMode);
            if (what === "classMode" && this.classMode && this.picked < 0 && this.shown.length) this.picked = this.shown[0].i;
            this.layout();
            this.reveal();
        }

        setZoom(z) {
            this.zoom = Math.min(64, Math.max(1 / 8, z));
            this.range.value = Math.log2(this.zoom);
            this.layout();
            this.reveal();
        }

        /* ---- where everything stands ---- */

        visible(s) {
            return this.on.has(s.proto) && !this.hidden.has(s.name) && this.columns.has(s.from) && this.columns.has(s.to);
        }

        layout() {
            const flow = this.flow;
            this.shown = flow.steps.filter(s => this.visible(s));
            if (this.classMode) this.shown = this.shown.filter(s => s.i <= this.picked);
            const used = new Set(this.shown.flatMap(s => [s.from, s.to]));
            if (!this.classMode || used.size === 0) this.used = [...this.columns].filter(k => used.has(k) || (this.classMode && this.columns.has(k))).sort((a, b) => a - b);
            const room = Math.max(480, this.sheet.clientWidth - LEFT - 120);
            const step = Math.max(96, Math.min(COLUMN * 1.5, room / Math.max(1, this.used.length - 1)));
            this.x = new Map(this.used.map((k, n) => [k, LEFT + 50 + n * step]));
            this.width = LEFT + 105 + Math.max(0, this.used.length - 1) * step;
            const last = this.shown.length ? Math.max(...this.shown.map(s => s.received || s.sent)) : 0;
            const events = flow.events.filter(e => this.x.has(e.node) && (!this.classMode || e.time <= last));
            const points = [];
            this.shown.forEach(s => { points.push([s.sent, 0, s]); if (s.received != null) points.push([s.received, 2, s]); });
            events.forEach(e => points.push([e.time, 1, e]));
            points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
            this.trueTime ? this.placeTrue(points) : this.placeShort(points);
            this.events = events;
            this.bySent = [...this.shown].sort((a, b) => a.y0 - b.y0);
            this.span = this.shown.reduce((m, s) => Math.max(m, s.y1 - s.y0), 0);
            this.placeLabels();
            this.tall.style.height = `${this.height}px`;
            this.tall.style.width = `${this.width}px`;
            this.drawHead();
            this.redraw(true);
            this.tellPlace();
        }

        /* Time is proportional. */
        placeTrue(points) {
            const start = points.length ? points[0][0] : 0, perNs = 2 * this.zoom / 1e6;
            const y = t => 20 + (t - start) * perNs;
            this.gaps = [];
            points.forEach(([t, kind, p]) => { kind === 2 ? p.y1 = y(t) : kind === 0 ? p.y0 = y(t) : p.y = y(t); });
            this.shown.forEach(s => { if (s.received == null) s.y1 = s.y0 + 14; });
            this.height = 60 + (points.length ? y(points[points.length - 1][0]) : 0);
        }

        /* Stretches in which nothing happens are shortened, and texts get room. */
        placeShort(points) {
            let y = 4, before = points.length ? points[0][0] : 0, told = -GAP;
            this.gaps = [];
            points.forEach(([t, kind, p]) => {
                const wanted = (t - before) / 1e6 * 1.6 * this.zoom, cap = CAP * Math.max(1, this.zoom);
                let next = y + Math.min(wanted, cap);
                if (kind !== 2) next = Math.max(next, told + GAP);
                if (wanted > cap * 3) this.gaps.push({y: (y + next) / 2 + 2, ns: t - before});
                y = next;
                before = t;
                if (kind !== 2) told = y;
                kind === 2 ? p.y1 = y : kind === 0 ? p.y0 = y : p.y = y;
            });
            this.shown.forEach(s => { if (s.received == null) s.y1 = s.y0 + 14; });
            this.height = y + 60;
        }

        /* Texts keep clear of each other: those of events first, which cannot move; the label of an arrow slides along it. */
        placeLabels() {
            const rows = new Map(), ROW = 40;
            const free = b => {
                for (let r = Math.floor(b.top / ROW); r <= Math.floor(b.bottom / ROW); r++)
                    if ((rows.get(r) || []).some(o => o.left < b.right && b.left < o.right && o.top < b.bottom && b.top < o.bottom)) return false;
                return true;
            };
            const take = b => {
                for (let r = Math.floor(b.top / ROW); r <= Math.floor(b.bottom / ROW); r++)
                    rows.has(r) ? rows.get(r).push(b) : rows.set(r, [b]);
            };
            const box = (left, width, y) => ({left, right: left + width, top: y - 10, bottom: y + 3});
            this.events.forEach(e => {
                const x = this.x.get(e.node), width = 6.2 * e.text.length;
                e.right = x + 8 + width < this.width + 60 || x - 8 - width < LEFT;
                take(box(e.right ? x + 8 : x - 8 - width, width, e.y + 4));
            });
            this.bySent.forEach(s => {
                const x0 = this.x.get(s.from), x1 = this.x.get(s.to), width = 6.1 * this.label(s).length;
                const at = ([f, down]) => ({x: Math.max(LEFT + width / 2, x0 + (x1 - x0) * f), y: s.y0 + (s.y1 - s.y0) * f + down});
                const places = [[0.5, -4], [0.35, -4], [0.65, -4], [0.25, -4], [0.75, -4], [0.5, 12], [0.3, 12], [0.7, 12]];
                s.at = at(places.find(k => free(box(at(k).x - width / 2, width, at(k).y))) || places[0]);
                take(box(s.at.x - width / 2, width, s.at.y));
            });
        }

        label(s) {
            const carried = s.carried && s.name.length + s.carried.length > 52 ? `${s.carried.slice(0, 30)}…]` : s.carried;
            return s.name + (carried ? ` ${carried}` : "") + (s.nth > 1 ? ` ×${s.nth}` : "") + (s.copy ? " (copy)" : "") + (s.oa ? ` ${s.oa}` : "");
        }

        drawHead() {
            const items = this.used.flatMap(k => [draw("rect", {class: "box", x: this.x.get(k) - 46, y: 6, width: 92, height: 22, rx: 4}),
                                                  draw("text", {class: "boxname", x: this.x.get(k), y: 21}, draw("title", {}, this.flow.nodes[k].roles.join(", ")), this.flow.nodes[k].name)]);
            this.head.setAttribute("width", this.width);
            this.head.replaceChildren(...items);
        }

        /* ---- drawing what is in view ---- */

        redraw(force) {
            const top = Math.max(0, this.sheet.scrollTop - MARGIN), bottom = this.sheet.scrollTop + this.sheet.clientHeight + MARGIN;
            if (!force && this.drawn && top >= this.drawn[0] && bottom - MARGIN / 2 <= this.drawn[1] && this.sheet.scrollTop - MARGIN / 2 >= this.drawn[0]) return;
            this.drawn = [top === 0 ? -MARGIN : top, bottom];
            const height = Math.max(1, Math.min(this.height, bottom) - top);
            this.canvas.style.top = `${top}px`;
            this.canvas.setAttribute("width", this.width);
            this.canvas.setAttribute("height", height);
            this.canvas.setAttribute("viewBox", `0 ${top} ${this.width} ${height}`);
            const items = this.used.map(k => draw("line", {class: "life", x1: this.x.get(k), x2: this.x.get(k), y1: top, y2: Math.min(this.height - 20, bottom)}));
            this.gaps.filter(g => g.y > top && g.y < bottom).forEach(g => items.push(
                draw("line", {class: "gap", x1: LEFT - 4, x2: this.width, y1: g.y, y2: g.y}), draw("text", {class: "gaptext", x: LEFT - 8, y: g.y + 3}, `⋮ ${nice(g.ns)}`)));
            this.events.filter(e => e.y > top && e.y < bottom).forEach(e => items.push(...this.eventItems(e)));
            for (let k = lower(this.bySent, s => s.y0, top - this.span); k < this.bySent.length && this.bySent[k].y0 < bottom; k++)
                if (this.bySent[k].y1 >= top) items.push(this.arrow(this.bySent[k]));
            this.canvas.replaceChildren(...items);
        }

        eventItems(e) {
            const x = this.x.get(e.node), right = e.right;
            return [draw("circle", {class: "dot", cx: x, cy: e.y, r: e.strong ? 4 : 3}),
                    draw("text", {class: e.strong ? "event strong" : "event", x: right ? x + 8 : x - 8, y: e.y + 4, "text-anchor": right ? "start" : "end"}, e.text)];
        }

        arrow(s) {
            const x0 = this.x.get(s.from), lost = s.received == null;
            let x1 = this.x.get(s.to), y1 = s.y1;
            if (lost) x1 = x0 + (x1 - x0) * 0.6;
            const tint = colour(s.proto), way = Math.sign(x1 - x0) || 1, angle = Math.atan2(y1 - s.y0, x1 - x0);
            const picked = this.flow.steps[this.picked];
            const classes = ["arrow", s.i === this.picked ? "picked" : picked && picked.group === s.group ? "same" : "", lost ? "lost" : "", this.found && this.found.has(s.i) ? "found" : ""];
            const tip = a => `${x1 - 8 * Math.cos(angle + a)},${y1 - 8 * Math.sin(angle + a)}`;
            const label = this.label(s), text = draw("text", {x: s.at.x, y: s.at.y}, s.oa ? label.slice(0, -s.oa.length) : label);
            if (s.oa) text.append(draw("tspan", {class: "oa"}, s.oa));
            const g = draw("g", {class: classes.join(" "), "data-i": s.i, "data-name": s.name},
                           draw("line", {class: "hit", x1: x0, y1: s.y0, x2: x1, y2: y1}), draw("line", {x1: x0, y1: s.y0, x2: x1, y2: y1, stroke: tint}),
                           lost ? draw("text", {x: x1 + 8 * way, y: y1 + 4, style: "fill:#b42318;font-weight:700"}, "✕")
                                : draw("polygon", {points: `${x1},${y1} ${tip(0.4)} ${tip(-0.4)}`, fill: tint}),
                           text, draw("text", {class: "time", x: LEFT - 8, y: s.y0 + 4, style: "text-anchor:end;stroke:none"}, ms(s.sent - this.flow.start)));
            return g;
        }

        /* ---- choosing a step ---- */

        move(by) {
            const all = this.flow.steps.filter(s => this.visible(s));
            if (!all.length) return;
            const at = all.findIndex(s => s.i >= this.picked);
            let next = this.picked < 0 ? (by > 0 ? 0 : all.length - 1) : at < 0 ? all.length - 1 : all[at].i === this.picked ? at + by : by > 0 ? at : at - 1;
            next = Math.min(all.length - 1, Math.max(0, next));
            this.pick(all[next].i);
        }

        pick(i) {
            this.picked = i;
            this.classMode ? this.layout() : this.redraw(true);
            this.reveal();
            this.detail();
            this.markParts();
            this.tellPlace();
        }

        reveal() {
            const s = this.flow.steps[this.picked];
            if (!s || s.y0 == null || !this.shown.includes(s)) return;
            const top = this.sheet.scrollTop, room = this.sheet.clientHeight - TOP;
            if (s.y0 < top + 40 || s.y0 > top + room - 60) this.sheet.scrollTop = s.y0 - room / 2;
            const x = Math.min(this.x.get(s.from), this.x.get(s.to));
            if (x < this.sheet.scrollLeft || x > this.sheet.scrollLeft + this.sheet.clientWidth - 100) this.sheet.scrollLeft = Math.max(0, x - 150);
        }

        tellPlace() {
            const all = this.flow.steps.filter(s => this.visible(s)), at = all.findIndex(s => s.i === this.picked);
            this.place.textContent = at < 0 ? `${all.length} messages` : `${at + 1} of ${all.length}`;
        }

        find() {
            const word = this.search.value.trim().toLowerCase();
            this.found = word ? new Set(this.flow.steps.filter(s => s.name.toLowerCase().includes(word) || (s.text || []).some(k => this.flow.lines[k].toLowerCase().includes(word))).map(s => s.i)) : null;
            this.redraw(true);
        }

        findNext() {
            const hits = this.shown.filter(s => this.found && this.found.has(s.i));
            if (hits.length) this.pick((hits.find(s => s.i > this.picked) || hits[0]).i);
        }

        /* ---- the step in words ---- */

        lines(list) {
            return (list || []).map(k => this.flow.lines[k]);
        }

        detail() {
            const s = this.flow.steps[this.picked], flow = this.flow;
            if (!s) {
                this.aside.replaceChildren(el("p", {class: "note"}, "Click an arrow, or press → to go step by step. Keys: ← → steps, + - zoom, t true time, c class mode, / search."));
                return;
            }
            const from = flow.nodes[s.from].name, to = flow.nodes[s.to].name, lesson = flow.lessons[`${s.iface} ${s.name}`];
            const facts = [["way", `${from} → ${to}`], ["interface", `${s.iface} (${s.proto})`], ["sent", `${ms(s.sent - flow.start)} ms`],
                           ["received", s.received != null ? `${ms(s.received - flow.start)} ms (${nice(s.received - s.sent)} later)` : s.fate || "never"],
                           ["size", `${s.size} bytes`], ["detail", s.detail], ["clause", s.clause]];
            const parts = [el("h3", {}, s.name + (s.oa ? ` (${s.oa})` : "")),
                           lesson ? el("p", {class: "why"}, this.plain ? lesson.plain : lesson.engineer) : null,
                           el("dl", {}, ...facts.filter(f => f[1]).flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)]))];
            if (s.inside) parts.push(el("h4", {}, "carries"), el("pre", {}, s.inside));
            const changes = this.lines(s.changes);
            if (changes.length) parts.push(el("h4", {}, "what this hop changed"), el("pre", {}, ...changes.map(c => el("div", {class: {"+": "add", "-": "del", "~": "chg"}[c[0]]}, c))));
            parts.push(...this.tables(s), ...this.states(s));
            parts.push(el("h4", {}, "the whole message"), el("pre", {class: "whole"}, this.lines(s.text).join("\n")));
            this.aside.replaceChildren(...parts.filter(Boolean));
            this.aside.scrollTop = 0;
        }

        /* The offer/answer and precondition tables of both ends at that moment: the last ones until then. */
        tables(s) {
            const until = [[s.from, s.sent], [s.to, s.received != null ? s.received : s.sent]];
            const latest = node => this.flow.tables.filter(t => t.node === node[0] && t.time <= node[1]).pop();
            let found = until.map(latest);
            if (!found[0] && !found[1] && s.proto === "SIP") found = this.parties().map(k => latest([k, s.received || s.sent]));
            return found.filter(Boolean).flatMap(t => [el("h4", {}, `media and preconditions at ${this.flow.nodes[t.node].name} (${t.what})`), el("pre", {}, this.lines(t.table).join("\n"))]);
        }

        parties() {
            return [...new Set(this.flow.tables.map(t => t.node))];
        }

        states(s) {
            const at = (node, time, later, why) => {
                const then = later ? (this.flow.states.find(x => x.node === node && x.time >= time) || {time}).time : time;
                const now = new Map();
                this.flow.states.forEach(x => { if (x.node === node && x.time <= then) x.end ? now.delete(x.machine) : now.set(x.machine, x); });
                const just = this.flow.states.filter(x => x.node === node && x.time === then);
                const rows = [...just.map(x => `${x.machine}: ${x.from} → ${x.to}  on ${x.event}${x.clause ? "  [" + x.clause + "]" : ""}`)];
                const rest = [...now.values()].filter(x => !just.some(j => j.machine === x.machine)).map(x => `${x.machine}: ${x.to}`);
                const when = then > time ? ` (${nice(then - time)} later)` : "";
                return rows.length || rest.length ? [el("h4", {}, `${this.flow.nodes[node].name} ${why}${when}`), el("pre", {}, [...rows, ...rest].join("\n"))] : [];
            };
            return [...at(s.from, s.sent, false, "as it sends"), ...(s.received != null ? at(s.to, s.received, true, "as it takes it") : [])];
        }

        /* ---- the waterfall ---- */

        drawWaterfall() {
            const v = this.flow.intervals[this.interval];
            this.water.hidden = !v;
            if (!v) return;
            const choose = el("select", {onchange: e => { this.interval = +e.target.value; this.drawWaterfall(); }},
                              ...this.flow.intervals.map((w, k) => el("option", {value: k, selected: k === this.interval}, `${w.name}: ${nice(w.end - w.start)}`)));
            const rows = [];
            v.parts.forEach(p => {
                const last = rows[rows.length - 1];
                last && last.phase === p.phase ? last.parts.push(p) : rows.push({phase: p.phase, parts: [p]});
            });
            const share = t => 100 * (t - v.start) / (v.end - v.start);
            this.parts = [];
            const bars = rows.map(r => {
                const sum = r.parts.reduce((n, p) => n + p.end - p.start, 0);
                const track = el("div", {class: "track"}, ...r.parts.map(p => {
                    const b = el("button", {type: "button", class: "part", style: `left:${share(p.start)}%;width:${share(p.end) - share(p.start)}%;background:${PARTS[p.part] || "#666"}`,
                                            title: `${p.about === p.part ? "" : p.about + " "}${p.part} ${this.placeOf(p)}: ${ms(p.end - p.start)} ms`, onclick: () => this.pickPart(p)});
                    this.parts.push([p, b, this.stepOf(p)]);
                    return b;
                }));
                return el("div", {class: "row"}, el("span", {class: "name", title: r.phase}, r.phase), el("span", {class: "ms"}, `${ms(sum)} ms`), track);
            });
            this.water.replaceChildren(el("div", {class: "wbar"}, el("strong", {}, "Where the time goes"), choose, el("span", {class: "note"}, v.ends)), ...bars);
            this.markParts();
        }

        /* The message that a part belongs to: on its way over this link, or what the node at work has just received or sends next. */
        stepOf(p) {
            const same = list => list.find(s => s.name === p.about) || list[0];
            if (p.from != null)
                return same(this.flow.steps.filter(s => s.from === p.from && s.to === p.to && s.sent <= p.start && s.received >= p.end));
            return same(this.flow.steps.filter(s => s.received === p.start && this.flow.nodes[s.to].name === p.where)) ||
                   same(this.flow.steps.filter(s => s.sent === p.end && this.flow.nodes[s.from].name === p.where));
        }

        /* "Uu UE-A → eNB1", "P-CSCF1" */
        placeOf(p) {
            return p.from != null ? `${p.where} ${this.flow.nodes[p.from].name} → ${this.flow.nodes[p.to].name}` : p.where;
        }

        pickPart(p) {
            const s = this.stepOf(p);
            if (!s) return;
            if (!this.visible(s)) {
                this.on.add(s.proto);
                this.columns.add(s.from).add(s.to);
                this.hidden.delete(s.name);
                this.drawChips();
                this.layout();
            }
            this.pick(s.i);
        }

        markParts() {
            const s = this.flow.steps[this.picked];
            (this.parts || []).forEach(part => part[1].classList.toggle("on", !!s && part[2] === s));
        }
    }

    for (const data of document.querySelectorAll("script.flow")) {
        const root = el("section", {class: "ladder"});
        data.before(root);
        const ladder = new Ladder(root, JSON.parse(data.textContent));
        ladder.detail();
        (window.ladders = window.ladders || []).push(ladder);
    }
})();
