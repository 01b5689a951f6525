package io.agentorchestrator.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Bytes as people look at them: sixteen a line, with the characters they may be. */
final class HexDump {

  private static final int PER_LINE = 16;

  /** Enough to see what it is. */
  private static final int MOST = 4096;

  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  private HexDump() {}

  static String of(byte[] bytes) {
    StringBuilder dump = new StringBuilder();
    int shown = Math.min(bytes.length, MOST);
    for (int at = 0; at < shown; at += PER_LINE) {
      byte[] line = Arrays.copyOfRange(bytes, at, Math.min(at + PER_LINE, shown));
      dump.append("%08x  %-47s  %s%n".formatted(at, HEX.formatHex(line), characters(line)));
    }
    if (bytes.length > shown) {
      dump.append("… and %d more; --raw writes them all%n".formatted(bytes.length - shown));
    }
    return dump.toString().stripTrailing();
  }

  private static String characters(byte[] line) {
    return new String(line, StandardCharsets.US_ASCII).replaceAll("[^ -~]", ".");
  }
}
