"""The lead that an org posts, as `JSON.serialize(lead)` writes it."""

from datetime import date

from pydantic import BaseModel, Field

ANY_ID = r"^[a-zA-Z0-9]{18}$"


class Lead(BaseModel):
    """The fields that this API uses. An org sends more, and they are ignored."""

    Id: str = Field(pattern=r"^00Q[a-zA-Z0-9]{15}$")
    LastName: str = Field(min_length=1, max_length=80)
    Company: str = Field(min_length=1, max_length=255)
    FirstName: str | None = Field(None, max_length=40)
    Email: str | None = Field(None, max_length=80, pattern=r"^[^@\s]+@[^@\s]+$")
    Status: str
    IsConverted: bool
    ConvertedDate: date
    ConvertedAccountId: str = Field(pattern=ANY_ID)
    ConvertedContactId: str = Field(pattern=ANY_ID)
    ConvertedOpportunityId: str | None = Field(None, pattern=ANY_ID)
