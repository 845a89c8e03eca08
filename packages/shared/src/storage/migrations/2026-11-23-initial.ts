import { Migration } from '@mikro-orm/migrations';

/** Tables of the pipeline. `events` has no default partition: the dispatcher makes each day's before it needs it. */
export class Initial extends Migration {
  override up(): void {
    this.addSql(`
      create table events (
        id uuid not null,
        timestamp timestamptz not null,
        stored_at timestamptz not null default now(),
        source text not null,
        position bigint not null,
        source_ip text not null,
        -- For CIDR filters; null where the log holds a host name or nothing.
        source_addr inet,
        method text not null,
        path text not null,
        query text not null,
        status integer not null,
        bytes bigint not null,
        referer text not null,
        user_agent text not null,
        host text not null,
        score double precision not null,
        severity text not null check (severity in ('MEDIUM', 'HIGH')),
        component_scores jsonb not null,
        classes text[] not null,
        matched_rules text[] not null,
        matches jsonb not null,
        "window" jsonb,
        line text not null,
        rules_version text not null,
        primary key (id, timestamp)
      ) partition by range (timestamp)`);
    this.addSql(`create index events_timestamp on events (timestamp desc, id desc)`);
    this.addSql(`create index events_source_ip on events (source_ip, timestamp desc, id desc)`);
    this.addSql(`create index events_severity on events (severity, timestamp desc, id desc)`);
    // For the rare class; a frequent one is found sooner along events_timestamp.
    this.addSql(`create index events_classes on events using gin (classes)`);

    this.addSql(`
      create table outbox (
        pos bigint generated always as identity primary key,
        event_id uuid not null,
        event_timestamp timestamptz not null
      )`);
    this.addSql(`
      create table alerts (
        seq bigint primary key,
        event_id uuid not null,
        event_timestamp timestamptz not null
      )`);
    this.addSql(`create table relay_state (id integer primary key check (id = 1), last_seq bigint not null)`);
    this.addSql(`insert into relay_state values (1, 0)`);
    this.addSql(`create table relay_cursors (sink text primary key, published_seq bigint not null)`);
    // Rows live for milliseconds: vacuum by count, or the relay would wade through the dead ones.
    this.addSql(`alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`);

    this.addSql(`create table batches (id text primary key, stored_at timestamptz not null default now())`);
    this.addSql(`create index batches_stored_at on batches using brin (stored_at)`);
    // By the minute for a day, by the hour for a month: nobody waits for 43,200 minutes to be added up.
    for (const table of ['line_tallies', 'line_hour_tallies']) {
      this.addSql(`
        create table ${table} (
          bucket timestamptz not null, source text not null, outcome text not null, lines bigint not null,
          primary key (bucket, source, outcome)
        )`);
    }
    for (const table of ['threat_tallies', 'threat_hour_tallies']) {
      this.addSql(`
        create table ${table} (
          bucket timestamptz not null, severity text not null, class text not null, events bigint not null,
          primary key (bucket, severity, class)
        )`);
    }
    // An attack comes from so many addresses that adding all of them up is hopeless. The second index gives the largest of each hour,
    // the first one the hours of one address; both without a look at the table.
    this.addSql(`
      create table source_tallies (
        bucket timestamptz not null, source_ip text not null, events bigint not null,
        primary key (source_ip, bucket) include (events)
      )`);
    this.addSql(`create index source_tallies_largest on source_tallies (bucket, events desc) include (source_ip)`);
    this.addSql(`
      create table path_tallies (
        bucket timestamptz not null, path text not null, events bigint not null,
        primary key (path, bucket) include (events)
      )`);
    this.addSql(`create index path_tallies_largest on path_tallies (bucket, events desc) include (path)`);

    this.addSql(`
      create table dead_letters (
        id text primary key,
        kind text not null check (kind in ('line', 'job')),
        source text not null,
        -- For a line: what its id was made of. Null for a job.
        fingerprint text,
        positions text,
        position bigint,
        payload text not null,
        reason text not null,
        stack text not null,
        created_at timestamptz not null default now()
      )`);
    this.addSql(`
      create table api_keys (
        name text primary key,
        sha256 text not null unique,
        scopes text[] not null,
        created_at timestamptz not null default now(),
        revoked_at timestamptz
      )`);
    this.addSql(`
      create table reviews (
        event_id uuid primary key,
        verdict text not null check (verdict in ('true_positive', 'false_positive')),
        note text not null,
        reviewer text not null,
        reviewed_at timestamptz not null default now()
      )`);
  }
}
