"""Why an upload cannot be played, in the exact words of the best-known video site.

Owns one table: status, reason and subreason of a watch page, by fault. The texts are those that
yt-dlp 2026.10 looks for or quotes. The plug-in hands them on as yt-dlp's own extractor does, so
that the code under test need not know that this world is made up.
"""

from __future__ import annotations

from dataclasses import dataclass

from shanty.demo.faults import FaultKind


@dataclass(frozen=True, slots=True)
class Playability:
    """What the watch page says instead of giving the audio. ``screen`` names a page to show."""

    status: str
    reason: str
    subreason: str = ""
    screen: str = ""


PLAYABILITY = {
    FaultKind.BOT_CHECK: Playability("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot"),
    FaultKind.CAPTCHA: Playability("ERROR", "Video unavailable", screen="captcha"),
    FaultKind.SESSION_LIMIT: Playability(
        "UNPLAYABLE", "This content isn't available, try again later."
    ),
    FaultKind.GONE: Playability(
        "ERROR", "Video unavailable", "This video has been removed by the uploader"
    ),
    FaultKind.TERMINATED: Playability(
        "ERROR",
        "Video unavailable",
        "This video is no longer available because the YouTube account associated with this video "
        "has been terminated.",
    ),
    FaultKind.GEO: Playability(
        "UNPLAYABLE",
        "Video unavailable",
        "The uploader has not made this video available in your country",
    ),
    FaultKind.BLOCKED: Playability(
        "UNPLAYABLE",
        "Video unavailable",
        "This video contains content from SME, who has blocked it in your country on copyright "
        "grounds",
    ),
    FaultKind.PRIVATE: Playability(
        "LOGIN_REQUIRED",
        "Private video",
        "Sign in if you've been granted access to this video",
    ),
    FaultKind.AGE: Playability(
        "LOGIN_REQUIRED",
        "Sign in to confirm your age",
        "This video may be inappropriate for some users.",
    ),
    FaultKind.SIGN_IN: Playability("LOGIN_REQUIRED", "Please sign in"),
    FaultKind.MEMBERS: Playability(
        "UNPLAYABLE",
        "Join this channel to get access to members-only content like this video, and other "
        "exclusive perks.",
    ),
    FaultKind.PREMIUM: Playability(
        "UNPLAYABLE", "This video is only available to Music Premium members"
    ),
    FaultKind.LIVE: Playability(
        "LIVE_STREAM_OFFLINE", "This live event will begin in a few moments."
    ),
    FaultKind.DRM: Playability("OK", "", screen="drm"),
}
