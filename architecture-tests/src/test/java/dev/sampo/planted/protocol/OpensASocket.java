package dev.sampo.planted.protocol;

import java.net.Socket;

/** Breaks a rule on purpose. */
final class OpensASocket {
  Socket open() {
    return new Socket();
  }
}
