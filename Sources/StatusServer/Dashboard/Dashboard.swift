import Crypto
import FoundationEssentials
import NIOCore

/// The dashboard: one page with its style and script inside, allowed to run by their hashes and nothing else.
struct Dashboard: Sendable {
    let page: ByteBuffer
    let contentSecurityPolicy: String

    static let shared = Dashboard(
        template: PackageResources.dashboard_html,
        style: PackageResources.dashboard_css,
        script: PackageResources.dashboard_js
    )

    /// `template` has a line `{{style}}` and a line `{{script}}` where the two belong.
    init(template: [UInt8], style: [UInt8], script: [UInt8]) {
        let page = String(decoding: template, as: UTF8.self)
            .replacing("{{style}}", with: String(decoding: style, as: UTF8.self))
            .replacing("{{script}}", with: String(decoding: script, as: UTF8.self))
        self.page = ByteBuffer(string: page)
        contentSecurityPolicy = [
            "default-src 'none'",
            "style-src '\(Self.hash(style))'",
            "script-src '\(Self.hash(script))'",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        "sha256-" + Data(SHA256.hash(data: bytes)).base64EncodedString()
    }
}
