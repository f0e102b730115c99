"""Tables of the gradebook. Points are whole milli-points, times are seconds since 1970 (UTC), lists are JSON texts.

No table holds a name: a student is an opaque key. A grade is of one submission under one version of the checks, so that
grading again with better checks adds rows and changes none.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)  # fmt: skip

VERSION = "1"
QUEUED, RUNNING, RETRY = "queued", "running", "retry"
GRADED, INVALID, ATTENTION = "graded", "invalid", "needs_attention"
OPEN, TERMINAL = (QUEUED, RUNNING, RETRY), (GRADED, INVALID, ATTENTION)

metadata = MetaData()

meta = Table("meta", metadata, Column("name", String(32), primary_key=True), Column("value", Text, nullable=False))

student = Table(
    "student", metadata,
    Column("key", String(64), primary_key=True),
    Column("created_at", Float, nullable=False),
)  # fmt: skip

assignment = Table(
    "assignment", metadata,
    Column("id", String(200), primary_key=True),
    Column("course", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("exercises", Text, nullable=False),
    Column("created_at", Float, nullable=False),
)  # fmt: skip

submission = Table(
    "submission", metadata,
    Column("id", String(64), primary_key=True),
    Column("assignment_id", ForeignKey("assignment.id"), nullable=False),
    Column("student_key", ForeignKey("student.key"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("cells", Text),  # what will be run; null if invalid
    Column("reason", Text, nullable=False, default=""),
    Column("sentence", Text, nullable=False, default=""),
    Column("received_at", Float, nullable=False),
    Column("received_by", Text, nullable=False),
    Index("submission_of_student", "assignment_id", "student_key", "attempt", unique=True),
)  # fmt: skip

job = Table(
    "job", metadata,
    Column("submission_id", ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True),
    Column("checks", String(64), primary_key=True),
    Column("assignment_id", ForeignKey("assignment.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner", Text, nullable=False, default=""),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("tries", Integer, nullable=False, default=0),  # faults of the infrastructure
    Column("interruptions", Integer, nullable=False, default=0),  # the whole grader was stopped
    Column("reason", Text, nullable=False, default=""),
    Column("changed_at", Float, nullable=False),
    CheckConstraint(f"state in {OPEN + TERMINAL}", name="job_state"),
    Index("job_to_do", "assignment_id", "checks", "state", "interruptions", "not_before"),
)  # fmt: skip

run = Table(
    "run", metadata,
    Column("id", String(32), primary_key=True),
    Column("assignment_id", ForeignKey("assignment.id"), nullable=False),
    Column("checks", String(64), nullable=False),
    Column("tier", Text, nullable=False),
    Column("probes", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("cpu_s", Float),
    Column("totals", Text),
)  # fmt: skip

grade = Table(
    "grade", metadata,
    Column("submission_id", ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True),
    Column("checks", String(64), primary_key=True),
    Column("milli", Integer, nullable=False),
    Column("out_of_milli", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("notes", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("faults", Text, nullable=False),
    Column("variants", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("wall_s", Float, nullable=False),
    Column("graded_at", Float, nullable=False),
    CheckConstraint("milli >= 0 and milli <= out_of_milli", name="grade_range"),
)  # fmt: skip

criterion = Table(
    "criterion", metadata,
    Column("submission_id", String(64), primary_key=True),
    Column("checks", String(64), primary_key=True),
    Column("exercise", String(64), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("requirement", Text, nullable=False),
    Column("milli", Integer, nullable=False),
    Column("out_of_milli", Integer, nullable=False),
    Column("met", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("allowed", Text, nullable=False),
    Column("hint", Text, nullable=False),
    ForeignKeyConstraint(["submission_id", "checks"], ["grade.submission_id", "grade.checks"], ondelete="CASCADE"),
    CheckConstraint("milli >= 0 and milli <= out_of_milli", name="criterion_range"),
)  # fmt: skip

override = Table(
    "override", metadata,
    Column("id", String(32), primary_key=True),
    Column("submission_id", ForeignKey("submission.id", ondelete="CASCADE"), nullable=False),
    Column("exercise", String(64), nullable=False),
    Column("milli", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Float, nullable=False),
)  # fmt: skip

event = Table(
    "event", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
)  # fmt: skip
