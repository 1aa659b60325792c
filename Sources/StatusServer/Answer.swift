import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Answers with the header fields that all of them carry.
enum Answer {
    static func json(_ bytes: some Sequence<UInt8>, status: HTTPResponse.Status = .ok) -> Response {
        make(status, "application/json", ByteBuffer(bytes: bytes))
    }

    static func text(_ line: String, status: HTTPResponse.Status = .ok) -> Response {
        make(status, "text/plain; charset=utf-8", ByteBuffer(string: line + "\n"))
    }

    static func page(_ html: ByteBuffer, policy: String) -> Response {
        var response = make(.ok, "text/html; charset=utf-8", html)
        response.headers[.contentSecurityPolicy] = policy
        return response
    }

    static func problem(_ problem: HTTPProblem) -> Response {
        var response = make(problem.status, "application/json", body(of: problem))
        response.headers.append(contentsOf: problem.fields)
        return response
    }

    /// `{"error": "..."}`.
    static func body(of problem: HTTPProblem) -> ByteBuffer {
        let encoded = try? JSONEncoder().encode(["error": problem.message])
        return ByteBuffer(bytes: (encoded ?? Data("{}".utf8)) + [0x0A])
    }

    private static func make(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) -> Response {
        var fields = always
        fields[.contentType] = type
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body))
    }

    /// Nothing is cached, guessed at, framed, or read by pages from elsewhere.
    private static let always: HTTPFields = [
        .cacheControl: "no-store",
        .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        .crossOriginOpenerPolicy: "same-origin",
        .crossOriginResourcePolicy: "same-origin",
        .referrerPolicy: "no-referrer",
        .xContentTypeOptions: "nosniff",
        .xFrameOptions: "DENY",
    ]
}
