"""What instances are told that are there to be tested, whoever starts them."""

# Tests ask more often in a second than people do; those of the limits set their own.
UNLIMITED = dict.fromkeys(
    (
        "RATE_LIMIT_PER_ADDRESS",
        "RATE_LIMIT_PER_CREDENTIAL",
        "SIGN_IN_LIMIT_PER_ADDRESS",
        "SIGN_IN_LIMIT_PER_ACCOUNT",
        "REGISTRATION_LIMIT_PER_ADDRESS",
        "PASSWORD_RESET_LIMIT_PER_ADDRESS",
    ),
    "off",
)
DEVELOPMENT = {
    "EVENT_COMPLETION_DELAY": "PT1S",
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_ALLOW_PRIVATE": "true",
    "EVENT_ACCESS": "open",
    "WEBHOOK_RETRY_SCHEDULE": '["PT1S", "PT1S", "PT1S", "PT1S", "PT1S"]',
}
