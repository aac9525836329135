"""What the gateway itself may answer instead of a service."""

from __future__ import annotations

from servicekit.problems import (
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
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
    """400: the path has empty or dot segments or control characters."""

    code = "gateway.path.refused"
    title = "请求路径不规范"
    status = 400
    advice = "请去掉路径中的空段、点段(. 与 ..)、反斜杠和控制字符。"


class IdNumberInUrl(Problem):
    """400: a citizen number in a URL would end in logs and browser histories."""

    code = "gateway.url.id_number"
    title = "网址中不得出现证件号码"
    status = 400
    advice = "请改用 POST /v1/persons/search,把证件号码放在请求体中。"


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


class BodyTypeRefused(UnsupportedMediaType):
    """415: this route does not take that Content-Type."""

    code = "gateway.body.type"


class BodyTimeout(Problem):
    """408: the client stopped sending its body."""

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
