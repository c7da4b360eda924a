"""What one would write oneself: FastAPI, SQLAlchemy over SQLite and Pydantic, served by uvicorn.

Run with `uvicorn bench.fastapi_peer:app`, the database's file in PEER_DATABASE and the key in PEER_KEY.
"""

import hashlib
import os
import secrets
import uuid
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry


class Table(DeclarativeBase):
    """The tables."""


class PersonRow(Table):
    """A kept person."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    age: Mapped[int]
    isActive: Mapped[bool]  # noqa: N815 - the name in the JSON
    city: Mapped[str]


class Person(BaseModel):
    """A person as sent."""

    name: str
    age: int
    isActive: bool  # noqa: N815 - the name in the JSON
    city: str


class KeptPerson(Person):
    """A person as answered."""

    model_config = ConfigDict(from_attributes=True)

    id: str


def _open_database(path: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}", pool_size=64, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:  # pyright: ignore[reportUnusedFunction]  # the listener
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = wal")
        cursor.execute("PRAGMA synchronous = normal")
        cursor.close()

    Table.metadata.create_all(engine)
    return engine


app = FastAPI()
_engine = _open_database(os.environ["PEER_DATABASE"])
_key_hash = hashlib.sha256(os.environ["PEER_KEY"].encode()).digest()
_bearer = HTTPBearer()


def _authenticated(credentials: Annotated[HTTPAuthorizationCredentials, Depends(_bearer)]) -> None:
    given = hashlib.sha256(credentials.credentials.encode()).digest()
    if not secrets.compare_digest(given, _key_hash):
        raise HTTPException(401, "The key is not known here.")


def _session() -> Iterator[Session]:
    with Session(_engine) as session:
        yield session


@app.get("/people/{person_id}", dependencies=[Depends(_authenticated)])
def read(person_id: str, session: Annotated[Session, Depends(_session)]) -> KeptPerson:
    """Read a person."""
    person = session.get(PersonRow, person_id)
    if person is None:
        raise HTTPException(404, "There is no such person.")
    return KeptPerson.model_validate(person)


@app.post("/people", dependencies=[Depends(_authenticated)])
def create(person: Person, session: Annotated[Session, Depends(_session)]) -> KeptPerson:
    """Keep a person."""
    row = PersonRow(id=str(uuid.uuid4()), **person.model_dump())
    session.add(row)
    session.commit()
    return KeptPerson.model_validate(row)
