"""A configuration file with every key that this version knows, and a small one to break."""

from __future__ import annotations

FULL = """\
version: 1
settings: {timezone: Europe/Berlin, working_hours: {mon-fri: ["09:00-18:00"]}, duplicate_minutes: 5, returning_days: 60,
           company_days: 30, same_company: false, hold_deadline_hours: 48, release_burst: 5, taper_days: 1,
           sla: five-minutes, match_threshold: 0.8, account_hierarchy: parent,
           score: [{when: [[{field: job_title, op: contains, value: chief}]], points: 20},
                   {when: [[{field: country, op: is, value: US}]], points: -2.5}],
           grades: {A: 75, B: 50, C: 30}, intent: {extractor: keywords}, signals: {half_life_days: 14},
           last_resort: [boss@acme.example]}
skills: [security]
sources: [{name: website, wait_for: [country, attributes.plan], wait_seconds: 30}, {name: fair}]
stages: {qualified: route}
teams:
  - {name: West, manager: boss@acme.example, timezone: America/Los_Angeles, digest: weekly,
     working_hours: {mon-fri: ["09:00-12:00", "13:00-17:00"]}}
reps:
  - email: ana@acme.example
    name: Ana Diaz
    team: West
    timezone: America/Los_Angeles
    working_hours: {mon-fri: ["08:00-16:00"], sat: ["22:00-02:00"]}
    holidays: US-CA
    languages: [en, es]
    skills: [security]
    expertise: {kubernetes: 3, fintech: 2}
    about: "free text"
    caps: {hour: 5, day: 20, week: 80, open: {limit: 40, all: true}, unanswered: 10}
    catch_up: {share: 0.5, cap: 5, max_rate: 1.5}
    paused: {until: 2026-12-01T09:00:00+01:00, reason: training}
    active: true
    backup: bob@acme.example
    kind: human
    channels: [{kind: email, active: false}]
    quiet_hours: {from: "22:00", until: "07:00"}
    calendar: https://calendar.example/ana.ics
  - {email: bob@acme.example, name: Bob Ray, team: West, working_hours: always}
  - {email: boss@acme.example, name: Bo Ossa, team: West}
  - {email: robo@acme.example, name: Robo, kind: agent, webhook: "https://agent.example/leads", ack_seconds: 20}
time_off:
  - {rep: ana@acme.example, from: 2026-12-20, to: 2027-01-03, reason: holiday, hand_over: backup, hand_over_leads: open}
  - {rep: bob@acme.example, from: "2026-12-20T08:00:00Z", to: "2026-12-20T12:00:00Z"}
topics: [{name: kubernetes, keywords: [k8s, kubernetes, helm]}, {name: fintech, keywords: [fintech, neobank]}]
tables: [{name: Partners, rows: {ACME-1: {rep: bob@acme.example}, ACME-2: {pool: SMB}}}]
territories:
  - {name: USA, countries: [US], owner: {pool: SMB}}
  - {name: California, parent: USA, priority: 2, from: 2026-01-01, to: null, countries: [US], regions: [US-CA],
     cities: [], postal_codes: ["90000-96199"], industries: [software], employees: {min: 1, max: 500},
     annual_revenue: {min: 1000}, sources: [website], languages: [en], owner: {rep: ana@acme.example}}
accounts:
  - {name: Energy Holding}
  - {name: Globex, domains: [globex.com, globex.de], aliases: [Globex Corp], parent: Energy Holding,
     owner: ana@acme.example, people: {csm: bob@acme.example}, stage: customer, target: true, country: US,
     region: US-TX, postal_code: "77001", phone: "+1 713 555 0100", industry: energy, employees: 5200,
     excluded_domains: [globex.org]}
pools:
  - name: SMB
    strategy: performance
    fairness: totals
    fairness_group: Everybody
    turns_by: grade
    totals_days: 14
    minimum_fit: 0.3
    performance: {mode: more_leads, segments: [kind, size], k: 20, half_life_days: 60}
    creditable_reasons: [spam, duplicate]
    band: 0
    control_share: 0.2
    working_hours: {mon-fri: ["08:00-20:00"]}
    requires: {languages: lead, skills: [], topics: [{topic: kubernetes, level: 2, patience_minutes: 10}]}
    members: [{rep: ana@acme.example, weight: 1, caps: {day: 10}},
              {rep: bob@acme.example, weight: 2.5, ramp: {weeks: 4, from: "2026-03-01T08:00:00Z"}}]
  - {name: Spare, fairness_group: Everybody, turns_by: grade, members: [{rep: boss@acme.example}]}
  - {name: Any, strategy: round_robin, fairness: share, performance: {segments: []}, creditable_reasons: [],
     paused: true, hide_details: true, offer: exclusive, offer_minutes: 2.5}
sla_policies:
  - {name: five-minutes, first_response_minutes: 5, clock: always, accept_minutes: 20, accept_counts: true,
     take_away: true, max_attempts: 2,
     steps: [{after_minutes: 3, do: remind, unless: accepted}, {after_minutes: 5, do: reassign}]}
  - {name: pool, clock: pool_hours}
rules:
  - name: Known account
    enabled: true
    when: [[{field: account.stage, op: is, value: customer}, {field: employees, op: gt, value: 100}],
           [{field: country, op: any_of, value: [US, NO]}]]
    to: {account_owner: csm, away: next}
    when_nobody: {wait_minutes: 0.5}
    sla: five-minutes
    alert: none
    answer_now: true
    same_company: false
    requires: {languages: [de, {language: lead, patience_minutes: 5}], skills: [security]}
    units: 3
    note: "As agreed"
    owner: boss@acme.example
    review_date: 2027-01-31
    notify: [sales@acme.example]
    active: {from: "2026-01-01T00:00:00Z", to: null, weekdays: mon-fri}
  - {name: Partner codes, when: [[{field: attributes.partner, op: not_empty}]], alert: digest,
     to: {table: Partners, by: attributes.partner, away: wait}}
  - {name: Home turf, when: [[{field: territory, op: not_empty}]], to: {territory: true}}
  - {name: Partners, when: [[{field: kind, op: is, value: partner}]], to: {rep: bob@acme.example, away: wait}}
  - {name: Students, when: [[{field: job_title, op: matches, value: "(?i)student"}]],
     to: {park: no budget, review_days: 90}}
  - {name: Demos, when: [[{field: kind, op: is, value: demo}]], to: {pool: SMB}, when_nobody: {overflow: Spare}}
  - {name: Catch-all, when: [], to: {pool: SMB}}
examples:
  - {name: a customer, at: "2026-03-03T18:00:00Z", lead: {email: x@globex.com, country: US},
     expect: {rep: bob@acme.example}}
  - {name: a demo, lead: {email: y@initech.example, kind: demo}, expect: {pool: SMB}}
webhooks:
  - {name: CRM, url: "https://crm.example/leads", events: [lead.assigned, lead.outcome], active: false}
  - {name: Warehouse, url: "https://warehouse.example/in"}
forms:
  - name: Talk to sales
    slug: talk
    active: false
    language: de
    title: Reden wir
    introduction: "In zwei Minuten"
    button: Los
    thanks: "Danke, {first_name}!"
    consent_text: "Ich willige ein."
    consent_required: true
    kind: demo
    source: landing page
    campaign: spring
    redirect_url: https://www.acme.example/thanks?rep={rep}
    redirect_hosts: [www.acme.example]
    name_rep: true
    origins: [https://www.acme.example, "https://acme.example:8443"]
    theme: {accent: "#2563eb", radius: 8px, font: "Inter, sans-serif"}
    captcha: turnstile
    captcha_site_key: 0x4AAA
    address_limit: 5
    form_limit: 100
    fields:
      - {field: email, label: Ihre Adresse, help: "Geschäftlich", required: true}
      - {field: attributes.plan, shown_as: select, choices: [small, [large, "Für große Teams"]], default: small}
      - {field: campaign, shown_as: hidden, default: spring}
  - {name: Newsletter, source: "", fields: [{field: email}]}
inbound:
  - name: Typeform
    active: false
    kind: demo
    source: typeform
    campaign: spring
    signature: base64
    signature_header: Typeform-Signature
    minute_limit: 60
    mapping:
      email: "form_response.answers[field.ref=email].email"
      first_name: {path: [first_name, name], transforms: [first_word]}
      last_name: [last_name, {path: name, transforms: [last_words]}, {value: unknown}]
      kind: {path: request, transforms: [lower, {map: {a demo: demo, "*": other}}]}
      attributes.*: more
  - {name: Zapier}
"""

SMALL = """\
reps:
  - {email: ana@acme.example, name: Ana Diaz}
  - {email: bob@acme.example, name: Bob Ray}
pools:
  - {name: SMB, members: [{rep: ana@acme.example}, {rep: bob@acme.example}]}
rules:
  - {name: Demos, when: [[{field: kind, op: is, value: demo}]], to: {pool: SMB}}
  - {name: Catch-all, when: [], to: {pool: SMB}}
"""
