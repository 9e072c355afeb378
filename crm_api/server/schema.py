"""The small CRM's tables. Times are UTC texts `YYYY-MM-DD HH:MM:SS`; money has no fractions."""

from __future__ import annotations

#: Columns of a lead that a PUT may change as they are: `name: SQL type`.
PLAIN_FIELDS = {
    "client_name": "TEXT NOT NULL DEFAULT ''",
    "country_code": "TEXT NOT NULL DEFAULT ''",
    "region": "TEXT NOT NULL DEFAULT ''",
    "area": "TEXT NOT NULL DEFAULT ''",
    "city": "TEXT NOT NULL DEFAULT ''",
    "street": "TEXT NOT NULL DEFAULT ''",
    "home": "TEXT NOT NULL DEFAULT ''",
    "housing": "TEXT NOT NULL DEFAULT ''",
    "room": "TEXT NOT NULL DEFAULT ''",
    "postcode": "TEXT NOT NULL DEFAULT ''",
    "delivery_type": "TEXT NOT NULL DEFAULT ''",
    "delivery_types_price": "INTEGER NOT NULL DEFAULT 0",
    "delivery_date_finish": "TEXT",
    "delivery_time_1": "TEXT",
    "delivery_time_2": "TEXT",
    "dial_time": "TEXT",
}

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    password TEXT,              -- salt and scrypt in hex; NULL: no access to the API
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    telegram TEXT NOT NULL DEFAULT '',
    organization_id INTEGER NOT NULL DEFAULT 1,
    is_work INTEGER NOT NULL DEFAULT 1,
    rights TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (
    token TEXT PRIMARY KEY,     -- sha-256 of it: a copied database lets nobody in
    user_id INTEGER NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    is_newest INTEGER NOT NULL  -- one session per account: a login clears the others
);
CREATE TABLE IF NOT EXISTS projects (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL UNIQUE,
    organization_id INTEGER NOT NULL DEFAULT 1,
    organization TEXT NOT NULL DEFAULT '',
    category TEXT NOT NULL DEFAULT '',
    cross_sales TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS leads (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects (id),
    operator_id INTEGER NOT NULL DEFAULT 0,
    manager_id INTEGER NOT NULL DEFAULT 0,
    offer_price INTEGER NOT NULL DEFAULT 0,
    prepayment INTEGER NOT NULL DEFAULT 0,
    birth_year INTEGER,
    is_double INTEGER NOT NULL DEFAULT 0,
    {", ".join(f"{name} {kind}" for name, kind in PLAIN_FIELDS.items())}
);
CREATE INDEX IF NOT EXISTS leads_by_time ON leads (created_at DESC, id DESC);
CREATE TABLE IF NOT EXISTS phones (
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    position INTEGER NOT NULL,  -- 0 is the number that makes doubles
    phone TEXT NOT NULL,
    PRIMARY KEY (lead_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS phones_by_number ON phones (phone, position);
CREATE TABLE IF NOT EXISTS lead_statuses (
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    status_group INTEGER NOT NULL,
    status_id INTEGER NOT NULL,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (lead_id, status_group)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sales (
    id INTEGER PRIMARY KEY,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    product_id INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    price INTEGER NOT NULL,
    quantity INTEGER NOT NULL DEFAULT 1,
    comment TEXT NOT NULL DEFAULT '',
    upsale INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS sales_by_lead ON sales (lead_id);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS comments_by_lead ON comments (lead_id);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    user_id INTEGER NOT NULL DEFAULT 0,
    call_type TEXT NOT NULL DEFAULT 'out',
    sip TEXT NOT NULL DEFAULT '',
    manager TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    record_time TEXT NOT NULL,
    record_link TEXT NOT NULL DEFAULT '',
    disposition TEXT NOT NULL,
    billing_time INTEGER NOT NULL,
    duration_time INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_lead ON calls (lead_id);
CREATE TABLE IF NOT EXISTS sms (
    id INTEGER PRIMARY KEY,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sms_by_lead ON sms (lead_id);
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    author TEXT NOT NULL,
    event TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_by_lead ON history (lead_id);
CREATE TABLE IF NOT EXISTS showcase (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT ''
);
"""
