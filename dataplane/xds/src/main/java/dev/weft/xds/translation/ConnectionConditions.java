package dev.weft.xds.translation;

import dev.weft.engine.model.AddressRange;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.IpLiteral;
import dev.weft.engine.model.PathTemplate;
import dev.weft.engine.model.ValueMatch;
import dev.weft.xds.proto.CidrRange;
import dev.weft.xds.proto.Int32Range;
import dev.weft.xds.proto.MetadataMatcher;
import dev.weft.xds.proto.MetadataSource;
import dev.weft.xds.proto.SourcedMetadata;
import dev.weft.xds.proto.TypedExtensionConfig;
import dev.weft.xds.proto.UriTemplateMatchConfig;
import dev.weft.xds.proto.ValueMatcher;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** The conditions of RBAC that are no matchers of headers: addresses, templates, tokens. */
final class ConnectionConditions {

  private static final String URI_TEMPLATE =
      "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";

  /** Where Envoy's JWT filter leaves a verified token, by Istio's configuration of it. */
  static final String JWT_FILTER = "envoy.filters.http.jwt_authn";

  static final String JWT_PAYLOAD = "payload";

  private static final String AUTHORIZATION_FILTER = "envoy.filters.http.ext_authz";

  private ConnectionConditions() {}

  static AddressRange range(CidrRange range, String at, Findings findings) throws ResourceRefused {
    findings.refuseUnread(range, at);
    InetAddress prefix = IpLiteral.parse(range.getAddressPrefix());
    if (prefix == null) {
      throw findings.refusal(at, range.getAddressPrefix() + " is no IP address");
    }
    int length = range.getPrefixLen().getValue();
    if (length < 0 || length > prefix.getAddress().length * 8) {
      throw findings.refusal(at, "a prefix of " + length + " bits");
    }
    return new AddressRange(prefix, length);
  }

  static Condition ports(Int32Range range, String at, Findings findings) throws ResourceRefused {
    findings.refuseUnread(range, at);
    return new Condition.DestinationPortWithin(range.getStart(), range.getEnd());
  }

  static Condition template(TypedExtensionConfig extension, String at, Findings findings)
      throws ResourceRefused {
    if (!Values.typeName(extension.getTypedConfig()).equals(URI_TEMPLATE)) {
      throw findings.refusal(at, Values.typeName(extension.getTypedConfig()));
    }
    UriTemplateMatchConfig config =
        Values.unpack(extension.getTypedConfig(), UriTemplateMatchConfig.parser(), at, findings);
    findings.refuseUnread(config, at);
    try {
      return new Condition.PathFits(PathTemplate.of(config.getPathTemplate()));
    } catch (IllegalArgumentException e) {
      throw findings.refusal(at, config.getPathTemplate() + ": " + e.getMessage());
    }
  }

  static Condition metadata(SourcedMetadata metadata, String at, Findings findings)
      throws ResourceRefused {
    findings.refuseUnread(metadata, at);
    if (metadata.getMetadataSource() != MetadataSource.DYNAMIC) {
      throw findings.refusal(at, "metadata of routes");
    }
    return metadata(metadata.getMetadataMatcher(), at, findings);
  }

  /** Of what filters leave there is a verified token, and what an authorizer said by gRPC. */
  static Condition metadata(MetadataMatcher matcher, String at, Findings findings)
      throws ResourceRefused {
    findings.refuseUnread(matcher, at);
    List<String> path = new ArrayList<>();
    for (MetadataMatcher.PathSegment segment : matcher.getPathList()) {
      findings.refuseUnread(segment, at + ".path");
      path.add(segment.getKey());
    }
    ValueMatch value = value(matcher.getValue(), at + ".value", findings);
    Condition condition;
    if (matcher.getFilter().equals(AUTHORIZATION_FILTER) && !path.isEmpty()) {
      condition = new Condition.AuthorizerMetadataIs(path, value);
    } else if (matcher.getFilter().equals(JWT_FILTER)
        && !path.isEmpty()
        && path.get(0).equals(JWT_PAYLOAD)) {
      condition = new Condition.ClaimIs(path.subList(1, path.size()), value);
    } else {
      throw findings.refusal(at, "metadata of " + matcher.getFilter() + " " + path);
    }
    return matcher.getInvert() ? new Condition.Not(condition) : condition;
  }

  private static ValueMatch value(ValueMatcher matcher, String at, Findings findings)
      throws ResourceRefused {
    return switch (matcher.getMatchPatternCase()) {
      case STRING_MATCH ->
          new ValueMatch.Text(Matchers.string(matcher.getStringMatch(), at, findings));
      case LIST_MATCH -> {
        findings.refuseUnread(matcher.getListMatch(), at);
        yield new ValueMatch.OneOf(value(matcher.getListMatch().getOneOf(), at, findings));
      }
      case OR_MATCH -> {
        List<ValueMatch> matches = new ArrayList<>();
        for (ValueMatcher each : matcher.getOrMatch().getValueMatchersList()) {
          matches.add(value(each, at, findings));
        }
        yield new ValueMatch.AnyOf(matches);
      }
      case MATCHPATTERN_NOT_SET -> throw findings.refusal(at, "a value match of unknown kind");
    };
  }
}
