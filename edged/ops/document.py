"""What the API takes and tells, and what files of it hold."""

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Says what it has to say and nothing else: unknown keys are refused, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)
