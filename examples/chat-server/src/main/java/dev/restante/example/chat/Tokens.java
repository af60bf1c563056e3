package dev.restante.example.chat;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens that name a device and carry the server's signature, so that the server need not remember
 * them: {@code user.device.expiry.signature}, the parts in URL-safe Base64. Safe for use by many
 * threads.
 *
 * <p>The signature is sound; what makes this a demonstration is that {@code POST /login} gives a
 * token for any name to anybody who asks.
 */
final class Tokens implements Authenticator {
  /** How long a token is good for. */
  static final Duration LIFETIME = Duration.ofDays(30);

  private static final String ALGORITHM = "HmacSHA256";
  private static final int SECRET_BYTES = 32;
  private static final int PARTS = 4;

  private final SecretKeySpec secret;
  private final InstantSource clock;

  Tokens(byte[] secret, InstantSource clock) {
    this.secret = new SecretKeySpec(secret, ALGORITHM);
    this.clock = clock;
  }

  /**
   * Signs with the secret kept in a file, which is made if there is none. Of several that make it
   * at once, one does, and all sign with the same.
   */
  static Tokens withSecretIn(Path file, InstantSource clock) throws IOException {
    if (!Files.exists(file)) {
      byte[] fresh = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(fresh);
      Path whole = Files.createTempFile(file.toAbsolutePath().getParent(), "secret", ".new");
      Files.write(whole, fresh);
      try {
        // Unlike a move, it is made whole or not at all, and never in the place of another.
        Files.createLink(file, whole);
      } catch (FileAlreadyExistsException e) {
        // somebody else's, then
      } finally {
        Files.delete(whole);
      }
    }
    return new Tokens(Files.readAllBytes(file), clock);
  }

  /** A token for a device that has proved who it is. */
  String issue(DeviceId device) {
    String claim =
        encode(device.user().value().getBytes(UTF_8))
            + '.'
            + encode(device.value().getBytes(UTF_8))
            + '.'
            + clock.instant().plus(LIFETIME).toEpochMilli();
    return claim + '.' + encode(sign(claim));
  }

  @Override
  public Optional<DeviceId> authenticate(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != PARTS) {
      return Optional.empty();
    }
    try {
      byte[] signature = Base64.getUrlDecoder().decode(parts[3]);
      String claim = token.substring(0, token.lastIndexOf('.'));
      boolean ours = MessageDigest.isEqual(signature, sign(claim));
      if (!ours || Long.parseLong(parts[2]) <= clock.millis()) {
        return Optional.empty();
      }
      return Optional.of(UserId.of(decode(parts[0])).device(decode(parts[1])));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private byte[] sign(String claim) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      return mac.doFinal(claim.getBytes(US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String decode(String text) {
    return new String(Base64.getUrlDecoder().decode(text), UTF_8);
  }
}
