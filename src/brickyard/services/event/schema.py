"""The tables of events and of the groups that share them."""

from brickyard.contract import Exported
from brickyard.contract.export import json_text

MIGRATIONS = (
    # `seq` is the event's time in nanoseconds, made strictly increasing within its topic.
    """CREATE TABLE event_messages (
        project TEXT NOT NULL, topic TEXT NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (project, topic, seq)
    );
    CREATE UNIQUE INDEX event_messages_by_id ON event_messages (project, topic, id);
    CREATE INDEX event_messages_by_age ON event_messages (project, seq);
    CREATE TABLE event_groups (
        project TEXT NOT NULL, topic TEXT NOT NULL, name TEXT NOT NULL, position BIGINT NOT NULL,
        PRIMARY KEY (project, topic, name)
    );
    CREATE TABLE event_leases (
        project TEXT NOT NULL, topic TEXT NOT NULL, name TEXT NOT NULL, seq BIGINT NOT NULL,
        holder TEXT NOT NULL, deadline_ns BIGINT NOT NULL,
        PRIMARY KEY (project, topic, name, seq)
    )""",
    # What was kept before it was counted.
    """INSERT INTO stored (project, kind, records, bytes)
        SELECT project, 'event', count(*), sum(octet_length(message)) FROM event_messages GROUP BY project""",
)

EXPORTS = (
    Exported(
        table="event_messages",
        key={"topic": str, "seq": int},
        columns=("topic", "id", "message"),
        told={"message": json_text},
    ),
    Exported(table="event_groups", key={"topic": str, "name": str}, columns=("topic", "name", "position")),
)
