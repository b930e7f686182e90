package dev.weft.xds.translation;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.weft.engine.model.Route;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.VirtualHost;

/** Routes as Envoy's config.route.v3 says them, and what becomes of them. */
final class Routes {

  static final RouteMatch ALL = RouteMatch.newBuilder().setPrefix("/").build();
  static final RouteAction TO_V1 = RouteAction.newBuilder().setCluster("v1").build();

  private Routes() {}

  static dev.weft.xds.proto.Route route(RouteMatch match, RouteAction action) {
    return dev.weft.xds.proto.Route.newBuilder().setMatch(match).setRoute(action).build();
  }

  static VirtualHost.Builder virtualHost(dev.weft.xds.proto.Route route) {
    return VirtualHost.newBuilder().addDomains("*").addRoutes(route);
  }

  static RouteConfiguration configuration(VirtualHost.Builder virtualHost) {
    return RouteConfiguration.newBuilder().setName("catalog").addVirtualHosts(virtualHost).build();
  }

  static Translation<RouteResource> translate(dev.weft.xds.proto.Route route)
      throws ResourceRefused {
    return read(configuration(virtualHost(route)));
  }

  static Translation<RouteResource> read(RouteConfiguration source) throws ResourceRefused {
    return Translation.route("catalog", any("envoy.config.route.v3.RouteConfiguration", source));
  }

  static Route only(Translation<RouteResource> translation) {
    return translation.value().table().virtualHosts().get(0).routes().get(0);
  }

  static Route.Forward forward(RouteAction.Builder action) throws ResourceRefused {
    return (Route.Forward) only(translate(route(ALL, action.build()))).action();
  }

  static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppendAction(action)
        .build();
  }

  static Any any(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(message.toByteString())
        .build();
  }

  /** An empty length-delimited field. */
  static ByteString unknown(int number) {
    int tag = (number << 3) | 2;
    return tag < 128
        ? ByteString.copyFrom(new byte[] {(byte) tag, 0})
        : ByteString.copyFrom(new byte[] {(byte) ((tag & 0x7f) | 0x80), (byte) (tag >> 7), 0});
  }
}
