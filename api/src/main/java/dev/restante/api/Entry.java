package dev.restante.api;

/** Something that a device must learn. Switch on the permitted types; more may follow. */
public sealed interface Entry permits LogEntry, DevicesChanged, Gap {}
