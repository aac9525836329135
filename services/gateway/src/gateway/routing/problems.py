"""What the gateway itself may answer instead of a service."""

from __future__ import annotations

from servicekit.problems import (
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)


class RouteUnknown(NotFound):
    """404: no service serves this path."""

    code = "gateway.route.unknown"
    title = "没有这个接口"
    advice = "请在 /docs 查阅接口路径;注意版本前缀 /v1。"


class RouteMethodNotAllowed(MethodNotAllowed):
    """405: the path takes other methods; `Allow` lists them."""

    code = "gateway.route.method"


class PathRefused(Problem):
    """400: the path has empty or dot segments, encoded separators or control characters."""

    code = "gateway.path.refused"
    title = "请求路径不规范"
    status = 400
    advice = "请去掉路径中的空段、点段(. 与 ..)、反斜杠、编码的斜杠(%2F)和控制字符。"


class HostRefused(Problem):
    """400: HTTP/1.1 asks for exactly one Host field, which is an address (RFC 9112, 3.2)."""

    code = "gateway.host.refused"
    title = "请求头 Host 缺失、重复或不是地址"
    status = 400
    advice = "请只发送一个 Host 请求头。"


class HeadMalformed(Problem):
    """400: what came is not HTTP/1.1."""

    code = "gateway.head.malformed"
    title = "请求不是合规的 HTTP"
    status = 400
    advice = "请用标准的 HTTP/1.1 客户端发送请求。"


class HeadTooLarge(Problem):
    """431: the request line and its fields are larger than 64 KiB, or too many."""

    code = "gateway.head.too_large"
    title = "请求头过大"
    status = 431
    advice = "请减少请求头和查询参数,请求头总长不超过 64 KiB、不超过 200 项。"


class HeadTimeout(Problem):
    """408: the request head did not arrive in time."""

    code = "gateway.head.timeout"
    title = "请求头发送超时"
    status = 408
    advice = "请检查网络后重试。"


class TooManyConnections(TooManyRequests):
    """429: this address, or everybody together, holds as many connections as the gateway takes."""

    code = "gateway.connections.too_many"
    title = "连接数过多"
    advice = "请复用已有连接(keep-alive),或按 Retry-After 的秒数等待后重连。"


class TooManyAtOnce(TooManyRequests):
    """429: this client has as many requests under way as one client may, so that the others have theirs."""

    code = "gateway.client.busy"
    title = "同时进行的请求过多"
    advice = "请等前面的请求完成后再发,或按 Retry-After 的秒数等待后重试。"


class AreaMalformed(InvalidInput):
    """422: the query's area is not a 12-digit code."""

    code = "gateway.area.malformed"
    title = "区划代码格式不对"
    advice = "区划代码为12位数字,上级区划末位补0。"


class BodyFraming(Problem):
    """400: the request says in two ways, or in none that is known, how long its body is."""

    code = "gateway.body.framing"
    title = "请求体长度声明有误"
    status = 400
    advice = "请只用 Content-Length 或 Transfer-Encoding: chunked 之一声明请求体长度。"


class BodyTooLarge(PayloadTooLarge):
    """413: the body passed the limit of its content type; nothing was kept."""

    code = "gateway.body.too_large"


class BodyEncodingRefused(UnsupportedMediaType):
    """415: this route does not take that Content-Encoding; `Accept-Encoding` lists what it takes."""

    code = "gateway.body.encoding"
    title = "不支持的内容编码"
    advice = "请按响应头 Accept-Encoding 列出的编码重新发送,或不压缩。"


class BodyUnexpected(InvalidInput):
    """422: a body on a request that takes none: nobody would read it."""

    code = "gateway.body.unexpected"
    title = "此请求不接受请求体"
    advice = "GET 与 DELETE 请去掉请求体;查询条件请放在查询参数中。"


class BodyTypeRefused(UnsupportedMediaType):
    """415: this route does not take that Content-Type."""

    code = "gateway.body.type"


class BodyTimeout(Problem):
    """408: the client stopped sending its body, or sends it slower than the least rate."""

    code = "gateway.body.timeout"
    title = "请求体发送超时"
    status = 408
    advice = "请检查网络后重新上传该分片;已存分片不受影响。"


class UpstreamUnreachable(Unavailable):
    """503: the service behind the route cannot be reached; nothing was sent to it."""

    code = "gateway.upstream.unreachable"
    title = "后台服务暂不可达"


class UpstreamFailed(Problem):
    """502: the service broke off; whether it did the work is not known."""

    code = "gateway.upstream.failed"
    title = "后台服务中断了应答"
    status = 502
    advice = "请先查询处理结果;写操作请用同一 Idempotency-Key 重试。"


class UpstreamTimeout(Problem):
    """504: the service did not answer in time; whether it did the work is not known."""

    code = "gateway.upstream.timeout"
    title = "后台服务应答超时"
    status = 504
    advice = "请先查询处理结果;写操作请用同一 Idempotency-Key 重试。"
