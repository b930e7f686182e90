package dev.weft.differential;

import com.google.protobuf.BoolValue;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The authorizer that both sides ask by gRPC. It answers as the request's {@code x-authorizer}
 * says, in words: {@code fail}, {@code deny}, {@code deny=STATUS}, {@code body=TEXT}, {@code
 * set:NAME=VALUE}, {@code append:NAME=VALUE}, {@code remove:NAME}, {@code to-client:NAME=VALUE},
 * {@code append-to-client:NAME=VALUE}, {@code metadata:NAME=VALUE}, {@code list:NAME=VALUE}. Who is
 * let pass, or not, has in {@code x-asked} what was asked.
 */
final class AuthorizationService {

  private static final int PERMISSION_DENIED = 7;

  private final DeniedHttpResponse.Builder denied = DeniedHttpResponse.newBuilder();
  private final OkHttpResponse.Builder allowed = OkHttpResponse.newBuilder();
  private final Struct.Builder metadata = Struct.newBuilder();
  private boolean refuses;

  private AuthorizationService() {}

  static UnaryService start(String address, int port) throws IOException {
    return UnaryService.start(
        address,
        port,
        "envoy.service.auth.v3.Authorization",
        "Check",
        AuthorizationService::answer);
  }

  private static byte @Nullable [] answer(byte[] message) throws IOException {
    HttpRequest request = CheckRequest.parseFrom(message).getAttributes().getRequest().getHttp();
    String script = request.getHeadersOrDefault("x-authorizer", "");
    AuthorizationService answer = new AuthorizationService();
    for (String word : script.split(" ")) {
      if (word.equals("fail")) {
        return null;
      }
      answer.obey(word);
    }
    return answer.response(asked(request)).toByteArray();
  }

  private static String asked(HttpRequest request) {
    return String.join(
        " ",
        request.getMethod(),
        request.getHost(),
        request.getPath(),
        request.getScheme(),
        request.getProtocol(),
        "body:" + request.getBody(),
        "raw:" + request.getRawBody().toStringUtf8(),
        "partial:" + request.getHeadersOrDefault("x-envoy-auth-partial-body", "unsaid"));
  }

  private void obey(String word) {
    int colon = word.indexOf(':');
    String argument = word.substring(colon + 1);
    switch (colon < 0 ? word.replaceFirst("=.*", "") : word.substring(0, colon)) {
      case "deny" -> {
        refuses = true;
        if (word.startsWith("deny=")) {
          denied.setStatus(
              HttpStatus.newBuilder().setCodeValue(Integer.parseInt(word.substring(5))));
        }
      }
      case "body" -> denied.setBody(word.substring("body=".length()));
      case "remove" -> allowed.addHeadersToRemove(argument);
      case "to-client" ->
          allowed.addResponseHeadersToAdd(
              header(argument.replaceFirst("^[^:]*:", ""), argument.replaceFirst(":.*", "")));
      case "metadata" -> metadata.putFields(name(argument), text(argument));
      case "list" ->
          metadata.putFields(
              name(argument),
              Value.newBuilder()
                  .setListValue(ListValue.newBuilder().addValues(text(argument)))
                  .build());
      default -> {
        if (word.indexOf('=') > colon && colon > 0) {
          HeaderValueOption header = header(argument, word.substring(0, colon));
          allowed.addHeaders(header);
          denied.addHeaders(header);
        }
      }
    }
  }

  private CheckResponse response(String asked) {
    CheckResponse.Builder response = CheckResponse.newBuilder();
    HeaderValueOption told = header("x-asked=" + asked, "set");
    if (refuses) {
      response
          .setStatus(Status.newBuilder().setCode(PERMISSION_DENIED))
          .setDeniedResponse(denied.addHeaders(told));
    } else {
      response.setStatus(Status.getDefaultInstance()).setOkResponse(allowed.addHeaders(told));
    }
    return response.setDynamicMetadata(metadata).build();
  }

  /**
   * @param how {@code set} and {@code append} by the older field, {@code plain} by none, else an
   *     append_action
   */
  @SuppressWarnings("deprecation") // what authorizers say to every version of Envoy
  private static HeaderValueOption header(String pair, String how) {
    HeaderValueOption.Builder option =
        HeaderValueOption.newBuilder()
            .setHeader(HeaderValue.newBuilder().setKey(name(pair)).setValue(value(pair)));
    switch (how) {
      case "plain" -> {}
      case "set", "append" -> option.setAppend(BoolValue.of(how.equals("append")));
      default -> option.setAppendAction(HeaderAppendAction.valueOf(how));
    }
    return option.build();
  }

  private static Value text(String pair) {
    return Value.newBuilder().setStringValue(value(pair)).build();
  }

  private static String name(String pair) {
    return pair.substring(0, pair.indexOf('='));
  }

  private static String value(String pair) {
    return pair.substring(pair.indexOf('=') + 1);
  }
}
