package io.agentorchestrator.security;

import java.util.Locale;

/** Why a request was refused before anything was read. The texts repeat nothing of the request. */
enum Refusal {
  NO_CREDENTIALS("Expected credentials: Authorization: Bearer, with an API key or a token."),
  MALFORMED("Expected one credential, well formed, in the header Authorization or X-API-Key."),
  UNKNOWN_KEY("The API key is not known here."),
  EXPIRED("The API key or token has expired."),
  INVALID_TOKEN("The token is none that a key and an algorithm trusted here have signed."),
  NOT_YET_VALID("The token is not valid yet."),
  WRONG_ISSUER("The token is of another issuer."),
  WRONG_AUDIENCE("The token is for another audience."),
  INCOMPLETE_TOKEN("The token lacks a subject or an expiry."),

  /** Not the client's fault, and no reason to drop a token that may be good. */
  ISSUER_AWAY("The issuer's keys cannot be read now; ask again later."),
  MISSING_SCOPE("The credentials lack a scope that is needed."),
  RATE_LIMIT("More requests than this client may send."),

  /** Before it was looked at who asks. */
  BAD_REQUEST("The path, the query string or the host is none that can be taken.");

  private final String detail;

  Refusal(String detail) {
    this.detail = detail;
  }

  String detail() {
    return detail;
  }

  /** How metrics call it. */
  String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
