package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Resources in, findings out. Each row cites the rule in Istio's sources or documentation; {@code
 * validation} is istio/pkg/config/validation/.
 */
class FindingsTest {

  private static final String OK_ROUTE = "route: [{destination: {host: a}}]";

  /** A row whose finding is expected in the given line of the document, 1 being its first. */
  private static Arguments row(String source, String kind, String spec, String... findings) {
    return arguments(source, kind, spec, List.of(findings));
  }

  private static Arguments rule(String source, String rule, String... findings) {
    return row(source, "VirtualService", "{hosts: [a], http: [{" + rule + "}]}", findings);
  }

  private static Arguments match(String source, String match, String... findings) {
    return rule(source, "match: [{" + match + "}], " + OK_ROUTE, findings);
  }

  private static Arguments retries(String source, String retries, String... findings) {
    return rule(source, OK_ROUTE + ", retries: {" + retries + "}", findings);
  }

  private static Arguments policy(String source, String policy, String... findings) {
    return row(source, "DestinationRule", "{host: a, trafficPolicy: {" + policy + "}}", findings);
  }

  private static Arguments authorization(String source, String spec, String... findings) {
    return row(source, "AuthorizationPolicy", spec, findings);
  }

  private static Arguments service(String source, String spec, String... findings) {
    return row(source, "ServiceEntry", spec, findings);
  }

  static Stream<Arguments> virtualServices() {
    return Stream.of(
        rule("a plain route", OK_ROUTE),
        row(
            "CRD schema: unknown fields are pruned; kubectl --validate=strict refuses them",
            "VirtualService",
            "{hosts: [a], http: [{" + OK_ROUTE + ", timeOut: 1s}]}",
            "error: spec.http[0].timeOut: unknown field"),
        rule(
            "networking.istio.io HTTPRoute.timeout is a duration",
            OK_ROUTE + ", timeout: 5",
            "error: spec.http[0].timeout: must be a string, is a number; put it in quotes"),
        rule(
            "validation ValidateDuration",
            OK_ROUTE + ", timeout: soon",
            "error: spec.http[0].timeout: \"soon\" is not a duration such as \"10s\" or \"250ms\""),
        rule("Go's time.ParseDuration", OK_ROUTE + ", timeout: 1m0.5s"),
        rule(
            "validation validateHTTPRouteConflict",
            "name: x",
            "error: spec.http[0].route: route, redirect, directResponse or delegate is required"),
        rule(
            "validation validateWeights: total destination weight = 0",
            "route: [{destination: {host: a}}, {destination: {host: b}}]",
            "error: spec.http[0].route: total destination weight is 0"),
        rule(
            "validation validateHTTPRouteDestinations: weight < 0",
            "route: [{destination: {host: a}, weight: -1}]",
            "error: spec.http[0].route[0].weight: must be an integer from 0 to 2147483647, is -1"),
        rule(
            "validation validateDestination: host is required",
            "route: [{destination: {subset: v1}}]",
            "error: spec.http[0].route[0].destination.host: is required"),
        match(
            "HTTPMatchRequest.headers is a map of StringMatch: exact is a string",
            "headers: {canary: {exact: true}}",
            "error: spec.http[0].match[0].headers.canary.exact:"
                + " must be a string, is a boolean; put it in quotes"),
        match(
            "validation validateStringMatchRegexp",
            "uri: {regex: '('}",
            "error: spec.http[0].match[0].uri.regex:"
                + " is not a regular expression of RE2: error parsing regexp: missing closing ): `(`"),
        match(
            "StringMatch is a oneof",
            "uri: {exact: /a, prefix: /b}",
            "error: spec.http[0].match[0].uri: must have only one of exact, prefix and regex"),
        match(
            "validation ValidateHTTPHeaderName",
            "headers: {'a b': {exact: c}}",
            "error: spec.http[0].match[0].headers: \"a b\" is not a header name"),
        match(
            "HTTPMatchRequest.headers: claim based routing is for gateways only",
            "headers: {'@request.auth.claims.group': {exact: dev}},"
                + " withoutHeaders: {'@request.auth.claims[a][b]': {}}",
            "warning: spec.http[0].match[0].headers: the match is not in force: one by a token's"
                + " claims is for gateways, in Istio too; use AuthorizationPolicy's"
                + " request.auth.claims[NAME]",
            "warning: spec.http[0].match[0].withoutHeaders: the match is not in force: one by a"
                + " token's claims is for gateways, in Istio too; use AuthorizationPolicy's"
                + " request.auth.claims[NAME]"),
        match("HTTPMatchRequest.query_params", "queryParams: {a: {exact: b}, c: {}}"),
        rule(
            "validation validateHTTPRoute: a rule does one thing",
            OK_ROUTE + ", redirect: {uri: /b}",
            "error: spec.http[0]: must have only one of route and redirect"),
        rule(
            "validation validateHTTPRedirect",
            "redirect: {redirectCode: 305}",
            "error: spec.http[0].redirect.redirectCode:"
                + " must be 301, 302, 303, 307 or 308, is 305",
            "error: spec.http[0].redirect:"
                + " must have uri, prefixRewrite, authority, scheme, port or derivePort"),
        rule(
            "validation: what a redirect can't be together with",
            "redirect: {uri: /b}, rewrite: {uri: /c}, fault: {abort: {httpStatus: 500}}",
            "error: spec.http[0].rewrite: must not be given with redirect",
            "error: spec.http[0].fault: must not be given with redirect"),
        rule(
            "validation validateHTTPDirectResponse",
            "directResponse: {status: 99, body: {string: a, bytes: Yg==}}",
            "error: spec.http[0].directResponse.status:"
                + " must be an integer from 200 to 599, is 99",
            "error: spec.http[0].directResponse.body: must have only one of string and bytes"),
        rule(
            "validation validateHTTPRewrite",
            OK_ROUTE + ", rewrite: {uri: /a, uriRegexRewrite: {match: '(', rewrite: /b}}",
            "error: spec.http[0].rewrite.uriRegexRewrite.match: is not a regular expression of RE2:"
                + " error parsing regexp: missing closing ): `(`",
            "error: spec.http[0].rewrite: must have only one of uri and uriRegexRewrite"),
        rule(
            "validation: mirror and mirrors",
            OK_ROUTE + ", mirror: {host: b}, mirrors: [{destination: {host: c}, percentage: {}}]",
            "error: spec.http[0]: must have only one of mirror and mirrors"),
        rule(
            "validation validateCORSPolicy",
            OK_ROUTE
                + ", corsPolicy: {allowMethods: [FETCH], allowHeaders: ['a b'], maxAge: 100ms}",
            "error: spec.http[0].corsPolicy.allowMethods: \"FETCH\" is not a method",
            "error: spec.http[0].corsPolicy.maxAge: must be whole seconds",
            "error: spec.http[0].corsPolicy.allowHeaders: \"a b\" is not a header name"),
        retries(
            "validation validateHTTPRetry: retryRemoteLocalities without attempts",
            "retryRemoteLocalities: false",
            "error: spec.http[0].retries.attempts:"
                + " is 0, which means no retries, but retries are configured"),
        retries(
            "a condition of HTTP/3's",
            "attempts: 1, retryOn: 'http3-post-connect-failure,5xx'",
            "warning: spec.http[0].retries.retryOn:"
                + " http3-post-connect-failure has no effect: nothing speaks HTTP/3"),
        rule(
            "Istio drops a response's authority in silence",
            OK_ROUTE + ", headers: {request: {set: {Host: a.b}}, response: {set: {host: c}}}",
            "error: spec.http[0].headers.response.set:"
                + " the authority can only be set, and only of a request"),
        retries(
            "validation validateHTTPRetry: attempts 0 with a policy",
            "perTryTimeout: 1s",
            "error: spec.http[0].retries.attempts:"
                + " is 0, which means no retries, but retries are configured"),
        retries(
            "validation/agent/validation.go supportedRetryOnPolicies",
            "attempts: 1, retryOn: '5xx,whenever'",
            "error: spec.http[0].retries.retryOn: \"whenever\" is not a condition to retry on"),
        retries(
            "validation ValidateDuration: at least 1ms",
            "attempts: 1, perTryTimeout: 10us",
            "error: spec.http[0].retries.perTryTimeout: must be at least 1ms"),
        rule(
            "validation validateHTTPFaultInjection",
            OK_ROUTE + ", fault: {}",
            "error: spec.http[0].fault: must have delay or abort"),
        rule(
            "validation validateHTTPFaultInjectionAbortHTTPStatus",
            OK_ROUTE + ", fault: {abort: {httpStatus: 100}}",
            "error: spec.http[0].fault.abort.httpStatus:"
                + " must be an integer from 200 to 599, is 100"),
        rule(
            "validation validatePercentage",
            OK_ROUTE + ", fault: {abort: {httpStatus: 500, percentage: {value: 101}}}",
            "error: spec.http[0].fault.abort.percentage.value:"
                + " must be a number from 0.0 to 100.0, is 101"),
        rule(
            "validation validateHTTPFaultInjectionAbort: HTTP/2 aborts are not supported",
            OK_ROUTE + ", fault: {abort: {http2Error: CANCEL}}",
            "error: spec.http[0].fault.abort.http2Error:"
                + " is not supported, in Istio no more than here"),
        rule(
            "Route.stat_prefix; HTTPRedirect has one of both",
            "match: [{statPrefix: a}], redirect: {uri: /a, prefixRewrite: /b}",
            "warning: spec.http[0].match[0].statPrefix: has no effect: it names Envoy's statistics"
                + " of the route; metrics here have the rule's name",
            "error: spec.http[0].redirect: must have only one of uri and prefixRewrite"),
        rule(
            "HTTPFaultInjection.Delay.exponentialDelay is not implemented by Istio either",
            OK_ROUTE + ", fault: {delay: {fixedDelay: 1s, exponentialDelay: 1s}}",
            "error: spec.http[0].fault.delay.exponentialDelay:"
                + " Istio doesn't implement it either, and ignoring it would change the meaning; use"
                + " fixedDelay"),
        rule(
            "validation ValidateHTTPHeaderValue; Envoy refuses a single %",
            OK_ROUTE + ", headers: {request: {set: {a: 'b%', c: '100%%', d: '%REQ(x)%'}}}",
            "error: spec.http[0].headers.request.set.a: no command operator at \"%\";"
                + " a single % must be written as %%"),
        rule(
            "Envoy, http_conn_man/headers: command operators in values",
            OK_ROUTE
                + ", headers: {request: {set: {a: '%NONSENSE%', b: '%REQ%', c: ''},"
                + " add: {d: '%RESP(x)%', host: '%REQ(x)%'}}, response: {add: {e: '%RESP(x)%'}}}",
            "error: spec.http[0].headers.request.set.a:"
                + " %NONSENSE% is not a command operator of Envoy's",
            "error: spec.http[0].headers.request.set.b: %REQ% must name a header: %REQ(X-NAME)%",
            "warning: spec.http[0].headers.request.set.c: is empty, which changes nothing",
            "warning: spec.http[0].headers.request.add.d:"
                + " %RESP% has no value in this header: it is left empty",
            "error: spec.http[0].headers.request.add.host:"
                + " the authority can't have variables, nor any %"),
        rule(
            "validation ValidateHTTPHeaderOperationName",
            OK_ROUTE + ", headers: {response: {remove: [':status']}}",
            "error: spec.http[0].headers.response.remove:"
                + " \":status\" is not the name of a header that can be changed"),
        rule(
            "RFC 9110 §7.6.1; a carrier whose framing is changed takes one message for another",
            OK_ROUTE
                + ", headers: {request: {set: {Content-Length: '3'}, remove: [transfer-encoding]},"
                + " response: {add: {connection: close}}}",
            "error: spec.http[0].headers.request.set: \"Content-Length\" belongs to the connection"
                + " or frames the message, and can't be changed",
            "error: spec.http[0].headers.request.remove: \"transfer-encoding\" belongs to the"
                + " connection or frames the message, and can't be changed",
            "error: spec.http[0].headers.response.add: \"connection\" belongs to the connection"
                + " or frames the message, and can't be changed"),
        row(
            "validation: a virtual service without hosts is a delegate, of HTTP routes",
            "VirtualService",
            "{tcp: []}",
            "error: spec.hosts: must not be empty, but for a delegate with http routes",
            "warning: spec.tcp: has no effect in the agent: it routes HTTP alone, and the application's"
                + " other connections go where it makes them; to send them elsewhere change the"
                + " address that it has"),
        row(
            "VirtualService.gateways",
            "VirtualService",
            "{hosts: [a], gateways: [edge], http: [{" + OK_ROUTE + "}]}",
            "warning: spec.gateways: not in force: no gateway is served here; add mesh for callers in"
                + " the mesh"),
        row(
            "validation validateExportTo",
            "VirtualService",
            "{hosts: [a], exportTo: ['*', b], http: [{" + OK_ROUTE + "}]}",
            "error: spec.exportTo: \"*\" and \"~\" must stand alone"));
  }

  static Stream<Arguments> destinationRules() {
    return Stream.of(
        policy("nothing", ""),
        policy(
            "LoadBalancerSettings",
            "loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 251}}}"),
        policy(
            "LoadBalancerSettings.lb_policy is one of",
            "loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}",
            "error: spec.trafficPolicy.loadBalancer.consistentHash:"
                + " only one of simple and consistentHash can be given"),
        policy(
            "ConsistentHashLB.hash_key is one of",
            "loadBalancer: {consistentHash: {useSourceIp: true, httpHeaderName: x-user}}",
            "error: spec.trafficPolicy.loadBalancer.consistentHash: must have only one of"
                + " httpHeaderName, httpCookie, useSourceIp and httpQueryParameterName"),
        policy(
            "ConsistentHashLB.hash_key, none",
            "loadBalancer: {consistentHash: {ringHash: {minimumRingSize: 10}}}",
            "warning: spec.trafficPolicy.loadBalancer.consistentHash:"
                + " names nothing to hash, so that endpoints are chosen at random"),
        policy(
            "validation: maglev table size",
            "loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 256}}}",
            "error: spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize:"
                + " must be a prime, is 256"),
        policy(
            "validation: name required for HttpCookie",
            "loadBalancer: {consistentHash: {httpCookie: {ttl: 0s}}}",
            "error: spec.trafficPolicy.loadBalancer.consistentHash.httpCookie.name: is required"),
        policy(
            "WarmupConfiguration",
            "loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 60s, minimumPercent: 5,"
                + " aggression: 2}}"),
        policy(
            "WarmupConfiguration.duration",
            "loadBalancer: {warmup: {aggression: 0.5}}",
            "error: spec.trafficPolicy.loadBalancer.warmup.duration: is required",
            "error: spec.trafficPolicy.loadBalancer.warmup.aggression:"
                + " must be a number from 1.0 to 1.7976931348623157E308, is 0.5"),
        policy(
            "warmup is for ROUND_ROBIN and LEAST_REQUEST",
            "loadBalancer: {simple: RANDOM, warmupDurationSecs: 60s}",
            "warning: spec.trafficPolicy.loadBalancer.warmupDurationSecs:"
                + " is for ROUND_ROBIN and LEAST_REQUEST only; ignored"),
        policy(
            "LocalityLoadBalancerSetting",
            "loadBalancer: {localityLbSetting: {distribute: [{from: eu/*, to: {eu/a: 80, us: 20}}]}}"),
        policy(
            "validation validateLocalityLbSetting: weights",
            "loadBalancer: {localityLbSetting: {distribute: [{from: eu, to: {eu/a: 80, us: 30}}]}}",
            "error: spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to:"
                + " the weights must add up to 100, and are 110"),
        policy(
            "validation validateLocalityLbSetting: one of them",
            "loadBalancer: {localityLbSetting: {distribute: [{from: eu, to: {eu: 100}}],"
                + " failover: [{from: eu, to: us}]}}, outlierDetection: {}",
            "error: spec.trafficPolicy.loadBalancer.localityLbSetting.distribute:"
                + " must not be given with failover or failoverPriority"),
        policy(
            "validation validateLocalityLbSetting: failover",
            "loadBalancer: {localityLbSetting: {failover: [{from: eu/a, to: us}, {from: eu, to:"
                + " eu}]}}, outlierDetection: {}",
            "error: spec.trafficPolicy.loadBalancer.localityLbSetting.failover[0].from:"
                + " must be a region alone, is \"eu/a\"",
            "error: spec.trafficPolicy.loadBalancer.localityLbSetting.failover[1].to:"
                + " must be another region than from"),
        policy(
            "validation validateLocalityLbSetting: outlier detection",
            "loadBalancer: {localityLbSetting: {failoverPriority: [topology.istio.io/network]}}",
            "warning: spec.trafficPolicy.loadBalancer:"
                + " localityLbSetting fails over only together with outlierDetection"),
        policy(
            "ZoneAwareLoadBalancerSetting",
            "loadBalancer: {zoneAwareLbSetting: {minClusterSize: 2, failover: [{from: eu, to: us}],"
                + " failoverPriority: [version]}}"),
        policy(
            "ZoneAwareLoadBalancerSetting.failoverPriority",
            "loadBalancer: {zoneAwareLbSetting: {failoverPriority: [topology.kubernetes.io/zone]}}",
            "error: spec.trafficPolicy.loadBalancer.zoneAwareLbSetting.failoverPriority:"
                + " must not have topology.kubernetes.io/zone: regions and zones are told apart"
                + " anyway"),
        policy(
            "validation: localityLbSetting or zoneAwareLbSetting",
            "loadBalancer: {localityLbSetting: {}, zoneAwareLbSetting: {}}",
            "error: spec.trafficPolicy.loadBalancer.zoneAwareLbSetting:"
                + " only one of localityLbSetting and zoneAwareLbSetting can be given"),
        policy(
            "BackendUtilizationLB",
            "loadBalancer: {backendUtilization: {blackoutPeriod: 0s, weightExpirationPeriod: 1m,"
                + " weightUpdatePeriod: 500ms, errorUtilizationPenalty: 1.5,"
                + " metricNamesForComputingUtilization: [mem_utilization, named_metrics.queue]}}"),
        policy(
            "BackendUtilizationLB: bounds and metrics",
            "loadBalancer: {backendUtilization: {errorUtilizationPenalty: -1, weightUpdatePeriod:"
                + " 0s, metricNamesForComputingUtilization: [queue]}}",
            "error: spec.trafficPolicy.loadBalancer.backendUtilization.errorUtilizationPenalty:"
                + " must be a number from 0.0 to 3.4028234663852886E38, is -1",
            "error: spec.trafficPolicy.loadBalancer.backendUtilization"
                + ".metricNamesForComputingUtilization: \"queue\" is no metric of a load report:"
                + " application_utilization, cpu_utilization, mem_utilization, named_metrics.NAME or"
                + " utilization.NAME",
            "error: spec.trafficPolicy.loadBalancer.backendUtilization.weightUpdatePeriod:"
                + " must be at least 1ms"),
        policy(
            "LoadBalancerSettings.lb_policy is one of",
            "loadBalancer: {simple: RANDOM, backendUtilization: {}}",
            "error: spec.trafficPolicy.loadBalancer.backendUtilization:"
                + " only one of simple and backendUtilization can be given"),
        policy(
            "backendUtilization: Envoy's extension has no zones",
            "loadBalancer: {backendUtilization: {}, zoneAwareLbSetting: {}, warmup: {duration: 1s}}",
            "warning: spec.trafficPolicy.loadBalancer.warmup:"
                + " is for ROUND_ROBIN and LEAST_REQUEST only; ignored",
            "warning: spec.trafficPolicy.loadBalancer.zoneAwareLbSetting:"
                + " orders regions only: with consistentHash and backendUtilization endpoints are"
                + " chosen in whatever zone they are, as by Envoy"),
        policy("TrafficPolicy.RetryBudget", "retryBudget: {percent: 12.5, minRetryConcurrency: 4}"),
        policy(
            "ConnectionPoolSettings: connections are the library's",
            "connectionPool: {tcp: {maxConnections: 1}, http: {maxRetries: 1}}",
            "warning: spec.trafficPolicy.connectionPool.tcp.maxConnections:"
                + " has no effect in the agent without http1MaxPendingRequests: what is beyond it"
                + " would wait for a connection however long, and the pools of java.net.http and"
                + " HttpURLConnection make one instead; give both, or limit requests by"
                + " http2MaxRequests"),
        policy(
            "ConnectionPoolSettings: nothing waits without a limit",
            "connectionPool: {http: {http1MaxPendingRequests: 1}}",
            "warning: spec.trafficPolicy.connectionPool.http.http1MaxPendingRequests:"
                + " has no effect in the agent without maxConnections: where connections have no"
                + " limit, nothing waits for one"),
        policy(
            "TCPSettings.TcpKeepalive, TrafficPolicy.TunnelSettings",
            "connectionPool: {tcp: {tcpKeepalive: {probes: 3, time: 7200s, interval: 75s},"
                + " idleTimeout: 1h}}, tunnel: {targetHost: a, targetPort: 1}",
            "warning: spec.trafficPolicy.connectionPool.tcp.tcpKeepalive: is in force for"
                + " HttpURLConnection only: java.net.http opens its sockets itself and turns TCP's"
                + " probes on for none",
            "warning: spec.trafficPolicy.connectionPool.tcp.idleTimeout: has no effect in the"
                + " agent: it is for TCP and TLS routes, in Istio too, and HTTP's own is"
                + " http.idleTimeout",
            "warning: spec.trafficPolicy.tunnel: has no effect in the agent: it is for TCP and TLS"
                + " routes, in Istio too, and calls over java.net.http and HttpURLConnection are"
                + " HTTP; to tunnel those give the application's client the proxy"),
        policy(
            "TrafficPolicy.ProxyProtocol",
            "proxyProtocol: {version: V3}",
            "warning: spec.trafficPolicy.proxyProtocol: is in force for HttpURLConnection"
                + " and Weft's own requests (health checks, mirrored copies) only:"
                + " java.net.http opens its sockets itself and sends nothing ahead of TLS or of a"
                + " request, so a server that insists on it refuses those calls",
            "error: spec.trafficPolicy.proxyProtocol.version: must be one of [V1, V2], is V3"),
        policy(
            "ConnectionPoolSettings: requests are limited in their place",
            "connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}}",
            "warning: spec.trafficPolicy.connectionPool.tcp.maxConnections:"
                + " is in force for HTTP/1 together with http1MaxPendingRequests only: requests"
                + " beyond both are answered with 503, but those within are not queued"),
        policy(
            "ConnectionPoolSettings: connections are no limit where HTTP/2 may be spoken",
            "connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1,"
                + " useClientProtocol: true}}",
            "warning: spec.trafficPolicy.connectionPool.tcp.maxConnections: has no effect in the"
                + " agent where HTTP/2 may be spoken: one connection carries any number of requests;"
                + " limit those by http2MaxRequests"),
        policy(
            "OutlierDetection",
            "outlierDetection: {consecutiveGatewayErrors: 2, splitExternalLocalOriginErrors: true,"
                + " consecutiveLocalOriginFailures: 3, minHealthPercent: 40}"),
        policy(
            "LoadBalancerSettings.SimpleLB",
            "loadBalancer: {simple: FASTEST}",
            "error: spec.trafficPolicy.loadBalancer.simple: must be one of [UNSPECIFIED,"
                + " LEAST_CONN, LEAST_REQUEST, RANDOM, ROUND_ROBIN, PASSTHROUGH], is FASTEST"),
        policy(
            "ClientTLSSettings: the client's runtime knows whom to trust", "tls: {mode: SIMPLE}"),
        policy(
            "validation validateTLS: what MUTUAL needs",
            "tls: {mode: MUTUAL, privateKey: /key.pem}",
            "error: spec.trafficPolicy.tls.clientCertificate: is required with mode MUTUAL"),
        policy(
            "validation validateTLS: nothing is verified by roots that nobody verifies by",
            "tls: {mode: SIMPLE, caCertificates: /ca.pem, insecureSkipVerify: true}",
            "error: spec.trafficPolicy.tls.caCertificates:"
                + " must not be given with insecureSkipVerify"),
        policy(
            "ClientTLSSettings: SIMPLE shows no certificate",
            "tls: {mode: SIMPLE, clientCertificate: /c.pem, privateKey: /k.pem}",
            "warning: spec.trafficPolicy.tls.clientCertificate:"
                + " is not shown with mode SIMPLE; MUTUAL is what does"),
        policy(
            "ClientTLSSettings.credentialName is a Kubernetes Secret",
            "tls: {mode: SIMPLE, credentialName: ca}",
            "error: spec.trafficPolicy.tls.credentialName: names a Kubernetes Secret, and there is"
                + " no Kubernetes here: give the paths of files at the workload, in"
                + " clientCertificate, privateKey and caCertificates"),
        policy(
            "ConnectionPoolSettings: what the libraries' own pools can't honour",
            "connectionPool: {tcp: {maxConnectionDuration: 1s},"
                + " http: {useClientProtocol: true, maxRequestsPerConnection: 1}}",
            "warning: spec.trafficPolicy.connectionPool.tcp.maxConnectionDuration: is in force for"
                + " HttpURLConnection only: the pool of java.net.http ends no connection for its"
                + " age",
            "warning: spec.trafficPolicy.connectionPool.http.maxRequestsPerConnection: is in force"
                + " for HttpURLConnection only: the pool of java.net.http doesn't count a"
                + " connection's requests"),
        policy(
            "ConnectionPoolSettings.HTTPSettings: HTTP/2 is the library's own",
            "connectionPool: {http: {h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 10,"
                + " http2KeepAlive: {interval: 30s}}}",
            "warning: spec.trafficPolicy.connectionPool.http.h2UpgradePolicy: is in force for"
                + " java.net.http only, over TLS that the agent makes, where the application's client asks for"
                + " HTTP/2 and the server speaks it: HttpURLConnection speaks HTTP/1.1 only",
            "warning: spec.trafficPolicy.connectionPool.http.maxConcurrentStreams: has no effect in"
                + " the agent: the pool of java.net.http opens as many streams as the server lets it,"
                + " and HttpURLConnection has none",
            "warning: spec.trafficPolicy.connectionPool.http.http2KeepAlive: has no effect in the"
                + " agent: java.net.http sends no PING of its own, and HttpURLConnection speaks"
                + " HTTP/1.1 only"),
        policy(
            "validation validateTLS: ISTIO_MUTUAL brings its own certificates",
            "tls: {mode: ISTIO_MUTUAL, caCertificates: /ca.pem}",
            "error: spec.trafficPolicy.tls.caCertificates: must not be given with mode ISTIO_MUTUAL"),
        policy(
            "validation validateOutlierDetection",
            "outlierDetection: {maxEjectionPercent: 101}",
            "error: spec.trafficPolicy.outlierDetection.maxEjectionPercent:"
                + " must be an integer from 0 to 100, is 101"),
        policy(
            "TrafficPolicy.PortTrafficPolicy",
            "portLevelSettings: [{loadBalancer: {simple: RANDOM}}]",
            "error: spec.trafficPolicy.portLevelSettings[0].port: a port number is required"),
        row(
            "validation: duplicate subset names",
            "DestinationRule",
            "{host: a, subsets: [{name: x}, {name: x}]}",
            "error: spec.subsets: subset x is defined twice"));
  }

  static Stream<Arguments> serviceEntries() {
    String port = "ports: [{number: 80, name: http, protocol: HTTP}]";
    return Stream.of(
        service("a static one", "{hosts: [a.example], resolution: STATIC, " + port + "}"),
        service(
            "validation ValidateServiceEntry: hosts",
            "{resolution: STATIC, " + port + "}",
            "error: spec.hosts: must have at least one host"),
        service(
            "validation: full wildcard is not allowed",
            "{hosts: ['*'], resolution: STATIC, " + port + "}",
            "error: spec.hosts[0]: must not be the full wildcard \"*\""),
        service(
            "validation: DNS_ROUND_ROBIN has one endpoint",
            "{hosts: [a.example], resolution: DNS_ROUND_ROBIN, "
                + port
                + ", endpoints: [{address: b.example}, {address: c.example}]}",
            "error: spec.endpoints: there must be 0 or 1 with resolution DNS_ROUND_ROBIN"),
        service(
            "validation: endpoints with resolution NONE",
            "{hosts: [a.example], " + port + ", endpoints: [{address: 10.0.0.1}]}",
            "error: spec.endpoints: must not be given with resolution NONE"),
        service(
            "validation: only one of WorkloadSelector or Endpoints",
            "{hosts: [a.example], resolution: STATIC, "
                + port
                + ", workloadSelector: {labels: {a: b}}, endpoints: [{address: 10.0.0.1}]}",
            "error: spec.workloadSelector: only one of workloadSelector and endpoints can be given"),
        service(
            "validation: STATIC endpoints must be IP addresses",
            "{hosts: [a.example], resolution: STATIC, "
                + port
                + ", endpoints: [{address: b.example}]}",
            "error: spec.endpoints[0]: address must be an IP address with resolution STATIC"),
        row(
            "WorkloadEntry.address: unix:// is for a sidecar beside the socket",
            "WorkloadEntry",
            "{address: 'unix:///a.sock'}",
            "error: spec.address: must not be a Unix domain socket, which neither java.net.http nor"
                + " HttpURLConnection calls: have the server listen on 127.0.0.1"),
        service(
            "validation: duplicate ports",
            "{hosts: [a.example], resolution: STATIC, ports:"
                + " [{number: 80, name: a}, {number: 80, name: b}]}",
            "error: spec.ports: port number 80 is defined twice"),
        service(
            "validation ValidateProtocol",
            "{hosts: [a.example], resolution: STATIC, ports: [{number: 80, name: a, protocol: GOPHER}]}",
            "error: spec.ports[0].protocol: \"GOPHER\" is not a protocol that is known"),
        service(
            "endpoint ports are named after the service's",
            "{hosts: [a.example], resolution: STATIC, "
                + port
                + ", endpoints: [{address: 10.0.0.1, ports: {web: 8080}}]}",
            "error: spec.endpoints[0].ports: \"web\" is not the name of a port of the service"));
  }

  static Stream<Arguments> security() {
    return Stream.of(
        row("PeerAuthentication", "PeerAuthentication", "{mtls: {mode: STRICT}}"),
        row(
            "PeerAuthentication.MutualTLS.Mode",
            "PeerAuthentication",
            "{mtls: {mode: STRICKT}}",
            "error: spec.mtls.mode: must be one of [UNSET, DISABLE, PERMISSIVE, STRICT], is STRICKT"),
        row(
            "validation ValidatePeerAuthentication: portLevelMtls needs a selector",
            "PeerAuthentication",
            "{portLevelMtls: {8080: {mode: DISABLE}}}",
            "error: spec.portLevelMtls: needs a selector"),
        authorization("allow nothing", "{}"),
        authorization("allow all", "{rules: [{}]}"),
        authorization(
            "validation ValidateAuthorizationPolicy: from.source is required",
            "{rules: [{from: [{}]}]}",
            "error: spec.rules[0].from[0].source: is required"),
        authorization(
            "validation: from must not be empty",
            "{rules: [{from: []}]}",
            "error: spec.rules[0].from: must not be empty"),
        authorization(
            "validation security.ValidateIPs and lists: an empty list",
            "{rules: [{to: [{operation: {methods: []}}]}]}",
            "error: spec.rules[0].to[0].operation.methods: must not be empty",
            "error: spec.rules[0].to[0].operation: must not be empty"),
        authorization(
            "validation: ports are numbers",
            "{rules: [{to: [{operation: {ports: [http]}}]}]}",
            "error: spec.rules[0].to[0].operation.ports: \"http\" is not a port"),
        authorization(
            "AuthorizationPolicy docs: * in front, at the end, or alone",
            "{rules: [{to: [{operation: {paths: ['/a*b']}}]}]}",
            "error: spec.rules[0].to[0].operation.paths:"
                + " \"/a*b\": \"*\" may stand only in front or at the end"),
        authorization(
            "validation: a misspelt field must not weaken a policy",
            "{rules: [{from: [{source: {principal: [a]}}]}]}",
            "error: spec.rules[0].from[0].source: must not be empty",
            "error: spec.rules[0].from[0].source.principal: unknown field"),
        authorization(
            "experimental: allows nothing",
            "{rules: [{when: [{key: 'experimental.envoy.filters.a.b[c]', values: [d]}]}]}",
            "warning: spec.rules[0].when[0].key: envoy.filters.a.b[c]"
                + " is filled by nothing in the agent: the rule allows nothing"),
        authorization(
            "experimental: denies",
            "{action: DENY, rules: [{when: [{key: 'experimental.envoy.filters.a.b[c]', values: [d]}]}]}",
            "warning: spec.rules[0].when[0].key: envoy.filters.a.b[c]"
                + " is filled by nothing in the agent: the rule matches whether or not it holds"),
        authorization(
            "experimental: Istio's envoyFilterGenerator has one key, under which a token is an object",
            "{rules: [{when: [{key: 'experimental.envoy.filters.http.jwt_authn[payload]', values: [d]},"
                + " {key: 'experimental.envoy.filters.http.ext_authz', values: [d]}]}]}",
            "warning: spec.rules[0].when[0].key: never holds: a token is no text;"
                + " its claims are request.auth.claims[NAME]",
            "error: spec.rules[0].when[1].key:"
                + " must have the form experimental.envoy.filters.NAME[KEY]"),
        authorization(
            "every source, operation and condition",
            """
            {action: DENY, rules: [{
              from: [
                {source: {principals: ['*'], notPrincipals: [a/ns/b/sa/c],
                  requestPrincipals: ['*/x'], notRequestPrincipals: ['y/*'],
                  namespaces: [a], notNamespaces: ['b*'], trustDomains: [td], notTrustDomains: ['*x'],
                  ipBlocks: [10.0.0.1], notIpBlocks: [10.0.0.0/8],
                  remoteIpBlocks: ['2001:db8::/32'], notRemoteIpBlocks: ['::1']}},
                {source: {serviceAccounts: [a, b/c], notServiceAccounts: [d]}}],
              to: [{operation: {hosts: ['*.com'], notHosts: [a], ports: ['80'], notPorts: ['81'],
                methods: [GET], notMethods: ['P*'], paths: ['/a/{*}/b/{**}', /x*],
                notPaths: ['/a/{**}/']}}],
              when: [
                {key: 'request.headers[X-A]', values: [b], notValues: [c]},
                {key: source.ip, values: [10.0.0.1]}, {key: source.namespace, values: [a]},
                {key: source.serviceAccount, notValues: [a/b]},
                {key: source.trustDomain, values: [a]}, {key: source.principal, values: ['*']},
                {key: remote.ip, values: [10.0.0.0/8]}, {key: request.auth.principal, values: [a/b]},
                {key: request.auth.audiences, values: [a]},
                {key: request.auth.presenter, values: [a]},
                {key: 'request.auth.claims[a][b]', values: [c]}, {key: destination.ip, values: [10.0.0.1]},
                {key: destination.port, values: ['80']}, {key: connection.sni, values: ['*.com']}]}]}
            """),
        authorization(
            "validation security.ValidateAttribute: unknown attribute",
            "{rules: [{when: [{key: source.name, values: [a]}]}]}",
            "error: spec.rules[0].when[0].key: unknown attribute source.name"),
        authorization(
            "validation: at least one of values, not_values",
            "{rules: [{when: [{key: source.ip}]}]}",
            "error: spec.rules[0].when[0]: at least one of values and notValues is required"),
        authorization(
            "validation security.validateMapKey: a[b]",
            "{rules: [{when: [{key: request.headers, values: [a]}]}]}",
            "error: spec.rules[0].when[0].key:"
                + " must have the form request.headers[NAME], is request.headers"),
        authorization(
            "validation security.ValidateIPs",
            "{rules: [{from: [{source: {ipBlocks: [10.0.0.0/33, a.com]}}]}]}",
            "error: spec.rules[0].from[0].source.ipBlocks:"
                + " \"10.0.0.0/33\" is not an IP address, nor a range such as 10.0.0.0/8",
            "error: spec.rules[0].from[0].source.ipBlocks:"
                + " \"a.com\" is not an IP address, nor a range such as 10.0.0.0/8"),
        authorization(
            "Source.service_accounts: exact, not with principals or namespaces",
            "{rules: [{from: [{source: {serviceAccounts: ['a*'], namespaces: [b]}}]}]}",
            "error: spec.rules[0].from[0].source.serviceAccounts:"
                + " \"a*\" is not a service account, nor NAMESPACE/ACCOUNT, exactly",
            "error: spec.rules[0].from[0].source.serviceAccounts:"
                + " must not be given with principals or namespaces"),
        authorization(
            "validation security.CheckValidPathTemplate",
            "{rules: [{to: [{operation: {paths: ['/{*}/*', '/{**}/{*}', '/a{*}']}}]}]}",
            "error: spec.rules[0].to[0].operation.paths: \"/{*}/*\":"
                + " {*} and {**} must be whole segments, {**} the last of them, without *",
            "error: spec.rules[0].to[0].operation.paths: \"/{**}/{*}\":"
                + " {*} and {**} must be whole segments, {**} the last of them, without *",
            "error: spec.rules[0].to[0].operation.paths: \"/a{*}\":"
                + " {*} and {**} must be whole segments, {**} the last of them, without *"),
        row(
            "RequestAuthentication JWTRule: every field",
            "RequestAuthentication",
            "{selector: {matchLabels: {app: a}}, jwtRules: [{issuer: a, jwksUri: 'https://a/b'}]}"),
        row(
            "validation validateJwtRule: issuer, and where its keys are",
            "RequestAuthentication",
            "{jwtRules: [{audiences: ['']}]}",
            "error: spec.jwtRules[0].issuer: is required",
            "error: spec.jwtRules[0].jwksUri: this, or jwks, is required:"
                + " an issuer is not asked where its keys are",
            "error: spec.jwtRules[0].audiences: must not contain an empty string"),
        row(
            "validation security.ParseJwksURI",
            "RequestAuthentication",
            "{jwtRules: [{issuer: a, jwksUri: 'ftp://a'}, {issuer: a, jwks: x},"
                + " {issuer: a, jwksUri: 'https://a', jwks: '{\"keys\": []}'},"
                + " {issuer: a, jwksUri: 'https://a/b|c'}]}",
            "error: spec.jwtRules[3].jwksUri: \"https://a/b|c\" is not a URI of http or https",
            "error: spec.jwtRules[0].jwksUri: \"ftp://a\" is not a URI of http or https",
            "error: spec.jwtRules[1].jwks: is not a JSON Web Key Set: an object with \"keys\"",
            "error: spec.jwtRules[2].jwks: must not be given with jwksUri"),
        authorization(
            "validation: CUSTOM needs a provider",
            "{action: CUSTOM, rules: [{}]}",
            "error: spec.provider: is required with action CUSTOM"),
        authorization(
            "AuthorizationPolicy.action CUSTOM",
            "{action: CUSTOM, provider: {name: x}, rules: [{}]}"),
        authorization(
            "validation: a DENY policy without rules never applies",
            "{action: DENY}",
            "warning: spec.rules: a policy with action DENY and no rules never applies"));
  }

  @ParameterizedTest(name = "{0}: {1} {2}")
  @MethodSource({"virtualServices", "destinationRules", "serviceEntries", "security"})
  void isFound(String source, String kind, String spec, List<String> expected) {
    boolean security = kind.endsWith("Authentication") || kind.equals("AuthorizationPolicy");
    String group = security ? "security" : "networking";
    String text =
        "apiVersion: "
            + group
            + ".istio.io/v1\nkind: "
            + kind
            + "\nmetadata: {name: x, namespace: shop}\nspec: "
            + spec
            + "\n";
    ConfigurationFile file = ConfigurationFile.parse("f.yaml", text);
    assertThat(file.findings())
        .extracting(Object::toString)
        .containsExactlyInAnyOrderElementsOf(
            expected.stream()
                .map(
                    finding -> {
                      String[] parts = finding.split(": ", 2);
                      return "f.yaml:4: " + parts[0] + ": " + kind + " shop/x: " + parts[1];
                    })
                .toList());
    assertThat(file.refused())
        .isEqualTo(expected.stream().anyMatch(finding -> finding.startsWith("error")));
    assertThat(file.resources().isEmpty()).isEqualTo(file.refused());
  }

  private static String gatewayApi(String kind) {
    return "apiVersion: gateway.networking.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: a}";
  }

  /** Documents that are wrong before their spec is looked at. */
  static Stream<Arguments> documents() {
    return Stream.of(
        arguments("kind: x\n- y", "f.yaml:2: error: not YAML: "),
        arguments("a: 1\na: 2", "f.yaml:2: error: key \"a\" appears twice"),
        arguments("- a", "f.yaml:1: error: must be an object with apiVersion, kind, metadata"),
        arguments(
            "apiVersion: networking.istio.io/v9\nkind: VirtualService\nmetadata: {name: a}\nspec:\n"
                + "  hosts: [a]\n  http: [{route: [{destination: {host: a}}]}]",
            "f.yaml:1: error: VirtualService default/a: apiVersion: is not a version of"
                + " VirtualService that is known: networking.istio.io/v9"),
        arguments(
            "apiVersion: security.istio.io/v1\nkind: OfTomorrow\nmetadata: {name: a}",
            "f.yaml:2: error: OfTomorrow default/a: kind: OfTomorrow is not"
                + " known, and ignoring it might leave a door open: write an AuthorizationPolicy,"
                + " PeerAuthentication or RequestAuthentication"),
        arguments(
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nspec: {}",
            "f.yaml:2: warning: Gateway default/a: kind: no gateway is served here; ignored:"
                + " keep the one that you have, to which workloads are servers as to any client"
                + " outside the mesh"),
        arguments(
            gatewayApi("GatewayClass"),
            "f.yaml:2: warning: GatewayClass default/a: kind: no gateway is served here; ignored"),
        arguments(
            gatewayApi("HTTPRoute"),
            "f.yaml:2: warning: HTTPRoute default/a: kind: routes of the Gateway API are not read"
                + " yet; write a VirtualService for the Service"),
        arguments(
            gatewayApi("GRPCRoute"),
            "f.yaml:2: warning: GRPCRoute default/a: kind: routes of the Gateway API are not read"),
        arguments(
            gatewayApi("TCPRoute"),
            "f.yaml:2: warning: TCPRoute default/a: kind: has no effect in the agent: it routes HTTP"),
        arguments(
            gatewayApi("TLSRoute"),
            "f.yaml:2: warning: TLSRoute default/a: kind: has no effect in the agent: it routes HTTP"),
        arguments(
            gatewayApi("ReferenceGrant"),
            "f.yaml:2: warning: ReferenceGrant default/a: kind: has no effect: it is for what the"),
        arguments(
            gatewayApi("OfTomorrow"),
            "f.yaml:2: warning: OfTomorrow default/a: kind: OfTomorrow is no kind of"
                + " gateway.networking.k8s.io that is known; ignored"),
        arguments(
            "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: a}",
            "f.yaml:2: warning: WasmPlugin default/a: kind: is code for Envoy, which an agent can't run;"
                + " ignored"),
        arguments(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}",
            "f.yaml:2: warning: Deployment default/a: kind: Deployment is no kind of the mesh;"
                + " ignored"),
        arguments(
            "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: networking.istio.io/v1\n"
                + "    kind: VirtualService\n    metadata: {name: a}",
            "f.yaml:4: error: VirtualService default/a: spec: is required"),
        arguments(
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: A_b}\n"
                + "spec:\n  hosts: [a]\n  http: [{route: [{destination: {host: a}}]}]",
            "f.yaml:3: error: VirtualService default/A_b: metadata.name: \"A_b\" is not a valid"
                + " name"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("documents")
  void aDocumentIsJudged(String text, String begin) {
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .singleElement()
        .asString()
        .startsWith(begin);
  }

  @Test
  void findingsNameTheirLine() {
    String text =
        """
        # A comment, and nothing else in this document.
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata:
          name: a
        spec:
          hosts:
          - a
          http:
          - route:
            - destination:
                host: a
              weight: many
        """;
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(finding -> finding.origin().line())
        .containsExactly(14);
  }

  @Test
  void aliasesAreResolved() {
    String text =
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: a}
        spec:
          hosts: [a]
          http:
          - match: [{uri: {exact: /x}}]
            route: &route
            - destination: {host: a}
          - route: *route
        """;
    assertThat(ConfigurationFile.parse("f.yaml", text).findings()).isEmpty();
  }

  @Test
  void anAliasOfItselfEnds() {
    assertThat(ConfigurationFile.parse("f.yaml", "a: &a\n  b: *a").findings())
        .singleElement()
        .asString()
        .startsWith("f.yaml:");
  }
}
