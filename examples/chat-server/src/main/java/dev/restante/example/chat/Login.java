package dev.restante.example.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.api.DeviceId;
import dev.restante.api.InvalidValueException;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.Devices;
import io.javalin.http.Context;

/**
 * {@code POST /login}: registers a device and hands out its token. A demonstration: it asks for no
 * password and believes any name. A real host checks who is asking before it comes to this.
 */
final class Login {
  private static final String PLATFORM = "web";

  private final Devices devices;
  private final Tokens tokens;

  Login(Devices devices, Tokens tokens) {
    this.devices = devices;
    this.tokens = tokens;
  }

  void handle(Context context) {
    try {
      // a form of another site cannot send this type without the browser asking first
      if (!"application/json".equals(context.contentType())) {
        throw new BadFrame(BadFrame.Code.BAD_JSON, "the content type must be application/json");
      }
      Frame request = Frame.parse(context.body());
      DeviceId device = UserId.of(request.text("user")).device(request.text("device"));
      String name = request.has("name") ? request.text("name") : "";
      context.future(
          () ->
              devices
                  .register(device, PLATFORM, name)
                  .thenAccept(result -> answer(context, device, result))
                  .toCompletableFuture());
    } catch (BadFrame e) {
      send(context, 400, Json.error("", e));
    } catch (InvalidValueException e) {
      send(context, 400, Json.error("", BadFrame.of(e)));
    }
  }

  private void answer(Context context, DeviceId device, Result<Device> result) {
    result.fold(
        registered -> send(context, 200, Json.object("token").put("token", tokens.issue(device))),
        refusal ->
            send(
                context,
                refusal.code().retry() == Refusal.Retry.NEVER ? 403 : 503,
                Json.refusal(Json.object("refused"), refusal)));
  }

  private static Context send(Context context, int status, ObjectNode body) {
    return context.status(status).contentType("application/json").result(body.toString());
  }
}
