/** API keys: list, create, revoke. */

export {};
