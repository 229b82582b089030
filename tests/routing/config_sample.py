"""A configuration file with every key that this version knows, and a small one to break."""

from __future__ import annotations

FULL = """\
version: 1
settings: {timezone: Europe/Berlin, working_hours: {mon-fri: ["09:00-18:00"]}, duplicate_minutes: 5, returning_days: 60,
           company_days: 30, same_company: false, hold_deadline_hours: 48, release_burst: 3, taper_days: 1,
           sla: five-minutes, match_threshold: 0.8, account_hierarchy: parent, last_resort: [boss@acme.example]}
skills: [security]
teams:
  - {name: West, manager: boss@acme.example, timezone: America/Los_Angeles,
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
    catch_up: {share: 0, cap: 5, max_rate: 1.5}
    paused: {until: 2026-12-01T09:00:00+01:00, reason: training}
    active: true
    backup: bob@acme.example
    kind: human
  - {email: bob@acme.example, name: Bob Ray, team: West, working_hours: always}
  - {email: boss@acme.example, name: Bo Ossa, team: West}
time_off:
  - {rep: ana@acme.example, from: 2026-12-20, to: 2027-01-03, reason: holiday}
  - {rep: bob@acme.example, from: "2026-12-20T08:00:00Z", to: "2026-12-20T12:00:00Z"}
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
    strategy: round_robin
    fairness: share
    band: 1
    members: [{rep: ana@acme.example, weight: 1, caps: {day: 10}}, {rep: bob@acme.example, weight: 2.5}]
  - {name: Spare, members: [{rep: boss@acme.example}]}
sla_policies:
  - {name: five-minutes, first_response_minutes: 5, clock: always, accept_minutes: 15, steps: []}
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
    requires: {}
    units: 1
    note: "As agreed"
    owner: boss@acme.example
    review_date: 2027-01-31
    notify: [sales@acme.example]
    active: {from: "2026-01-01T00:00:00Z", to: null, weekdays: mon-fri}
  - {name: Home turf, when: [[{field: territory, op: not_empty}]], to: {territory: true}}
  - {name: Partners, when: [[{field: kind, op: is, value: partner}]], to: {rep: bob@acme.example, away: wait}}
  - {name: Students, when: [[{field: job_title, op: matches, value: "(?i)student"}]],
     to: {park: no budget, review_days: 90}}
  - {name: Demos, when: [[{field: kind, op: is, value: demo}]], to: {pool: SMB}, when_nobody: {overflow: Spare}}
  - {name: Catch-all, when: [], to: {pool: SMB}}
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
