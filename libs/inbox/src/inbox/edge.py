"""The problems that the inbox's exceptions become in an answer."""

from collections.abc import Mapping

from inbox.outcomes import Behind, OwnerAway

REJECTIONS: Mapping[type[Exception], str] = {Behind: "behind", OwnerAway: "owner_unavailable"}
