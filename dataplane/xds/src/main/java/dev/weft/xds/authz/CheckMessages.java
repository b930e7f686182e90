package dev.weft.xds.authz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.QueryEdits;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.AttributeContext;
import dev.weft.xds.proto.CheckRequest;
import dev.weft.xds.proto.CheckResponse;
import dev.weft.xds.proto.DeniedHttpResponse;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.OkHttpResponse;
import dev.weft.xds.proto.QueryParameter;
import dev.weft.xds.proto.SocketAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Envoy's service.auth.v3.CheckRequest and CheckResponse. */
public final class CheckMessages implements CheckCodec {

  private static final int FORBIDDEN = 403;

  private final InstantSource clock;

  public CheckMessages(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public byte[] request(
      InboundRequest request, String target, Map<String, String> headers, @Nullable Body body) {
    AttributeContext.Peer.Builder source =
        AttributeContext.Peer.newBuilder().setAddress(address(request.remoteAddress()));
    String peer = request.peerId();
    if (peer != null) {
      source.setPrincipal(peer);
    }
    Instant now = clock.instant();
    AttributeContext.Builder context =
        AttributeContext.newBuilder()
            .setSource(source)
            .setDestination(
                AttributeContext.Peer.newBuilder().setAddress(address(request.localAddress())))
            .setRequest(
                AttributeContext.Request.newBuilder()
                    .setTime(
                        Timestamp.newBuilder()
                            .setSeconds(now.getEpochSecond())
                            .setNanos(now.getNano()))
                    .setHttp(http(request, target, headers, body)));
    if (!request.serverName().isEmpty()) {
      context.setTlsSession(AttributeContext.TLSSession.newBuilder().setSni(request.serverName()));
    }
    return CheckRequest.newBuilder().setAttributes(context).build().toByteArray();
  }

  private static AttributeContext.HttpRequest http(
      InboundRequest request, String target, Map<String, String> headers, @Nullable Body body) {
    AttributeContext.HttpRequest.Builder http = AttributeContext.HttpRequest.newBuilder();
    if (body != null && body.asBytes()) {
      http.setRawBody(UnsafeByteOperations.unsafeWrap(body.bytes()));
    } else if (body != null) {
      http.setBody(new String(body.bytes(), UTF_8));
    }
    return http.setId(headers.getOrDefault("x-request-id", ""))
        .setMethod(request.method())
        .setPath(target)
        .setHost(request.authority())
        .setScheme("http")
        .setSize(-1)
        .setProtocol(request.protocol())
        .putAllHeaders(headers)
        .putHeaders(":method", request.method())
        .putHeaders(":path", target)
        .putHeaders(":authority", request.authority())
        .putHeaders(":scheme", "http")
        .build();
  }

  private static Address address(InetSocketAddress address) {
    return Address.newBuilder()
        .setSocketAddress(
            SocketAddress.newBuilder()
                .setAddress(address.getAddress().getHostAddress())
                .setPortValue(address.getPort()))
        .build();
  }

  @Override
  public Answer answer(byte[] response) {
    CheckResponse check;
    try {
      check = CheckResponse.parseFrom(response);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
    if (check.getStatus().getCode() != 0) {
      DeniedHttpResponse denied = check.getDeniedResponse();
      int status = denied.getStatus().getCodeValue();
      return new Refused(
          status < 100 || status > 599 ? FORBIDDEN : status,
          refusals(denied.getHeadersList()),
          denied.getBody());
    }
    if (check.hasDeniedResponse()) {
      throw new IllegalArgumentException("both allowed and denied");
    }
    OkHttpResponse allowed = check.getOkResponse();
    List<ConditionalHeader> conditional = new ArrayList<>();
    return new Allowed(
        requestEdits(allowed),
        queryEdits(allowed),
        responseEdits(allowed.getResponseHeadersToAddList(), conditional),
        conditional,
        json(
            allowed.hasDynamicMetadata()
                ? allowed.getDynamicMetadata()
                : check.getDynamicMetadata()));
  }

  /** Only HeaderValueOption.append counts here, in Envoy too. */
  private static HeaderEdits requestEdits(OkHttpResponse allowed) {
    List<Header> set = new ArrayList<>();
    List<Header> appended = new ArrayList<>();
    for (HeaderValueOption option : allowed.getHeadersList()) {
      Header header = header(option);
      if (option.getAppend().getValue()) {
        appended.add(header);
      } else {
        set.removeIf(other -> other.name().equals(header.name()));
        set.add(header);
      }
    }
    return new HeaderEdits(
        allowed.getHeadersToRemoveList().stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .toList(),
        set,
        appended);
  }

  /** Envoy sets, then removes. */
  private static QueryEdits queryEdits(OkHttpResponse allowed) {
    Map<String, String> set = new LinkedHashMap<>();
    for (QueryParameter parameter : allowed.getQueryParametersToSetList()) {
      set.put(parameter.getKey(), parameter.getValue());
    }
    Set<String> removed = Set.copyOf(allowed.getQueryParametersToRemoveList());
    set.keySet().removeAll(removed);
    return new QueryEdits(removed, set);
  }

  /** HeaderValueOption.append if it is there, else append_action. */
  private static HeaderEdits responseEdits(
      List<HeaderValueOption> options, List<ConditionalHeader> conditional) {
    List<Header> set = new ArrayList<>();
    List<Header> added = new ArrayList<>();
    for (HeaderValueOption option : options) {
      Header header = header(option);
      switch (action(option)) {
        case ADD_IF_ABSENT -> conditional.add(new ConditionalHeader(header, false));
        case OVERWRITE_IF_EXISTS -> conditional.add(new ConditionalHeader(header, true));
        case OVERWRITE_IF_EXISTS_OR_ADD -> {
          set.removeIf(other -> other.name().equals(header.name()));
          set.add(header);
        }
        case APPEND_IF_EXISTS_OR_ADD -> added.add(header);
        case UNRECOGNIZED ->
            throw new IllegalArgumentException(
                "append_action " + option.getAppendActionValue() + " is not known");
      }
    }
    return new HeaderEdits(List.of(), set, added);
  }

  private static HeaderAppendAction action(HeaderValueOption option) {
    if (option.hasAppend()) {
      return option.getAppend().getValue()
          ? HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD
          : HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD;
    }
    return option.getAppendAction();
  }

  /**
   * All of them, of one name too: cookies, for one. What is to be appended is left out, as Envoy
   * does.
   */
  private static List<Header> refusals(List<HeaderValueOption> options) {
    return options.stream()
        .filter(option -> !option.getAppend().getValue())
        .map(CheckMessages::header)
        .toList();
  }

  private static Header header(HeaderValueOption option) {
    HeaderValue value = option.getHeader();
    return new Header(
        value.getKey().toLowerCase(Locale.ROOT),
        value.getRawValue().isEmpty() ? value.getValue() : value.getRawValue().toStringUtf8());
  }

  private static Map<String, Object> json(Struct struct) {
    Map<String, Object> fields = new HashMap<>();
    struct
        .getFieldsMap()
        .forEach(
            (name, value) -> {
              Object read = json(value);
              if (read != null) {
                fields.put(name, read);
              }
            });
    return fields;
  }

  private static @Nullable Object json(Value value) {
    return switch (value.getKindCase()) {
      case STRING_VALUE -> value.getStringValue();
      case NUMBER_VALUE -> value.getNumberValue();
      case BOOL_VALUE -> value.getBoolValue();
      case STRUCT_VALUE -> json(value.getStructValue());
      case LIST_VALUE ->
          value.getListValue().getValuesList().stream()
              .map(CheckMessages::json)
              .filter(Objects::nonNull)
              .toList();
      case NULL_VALUE, KIND_NOT_SET -> null;
    };
  }
}
