/// Writes translated limits as a policy file.
enum EnvoyPolicyText {
    static func write(_ translator: EnvoyTranslator, _ options: EnvoyImport.Options, _ files: [String]) -> String {
        var lines = ["# Limits of envoyproxy/ratelimit, from \(files.map { comment($0) }.joined(separator: ", "))."]
        lines += translator.notes.isEmpty ? [] : ["#", "# Left out, or said otherwise:"]
        lines += translator.notes.map { "# - \(comment($0.description))" }
        lines += ["", windows(options)]
        var envoy: [String] = []
        if !translator.clientKeys.isEmpty { envoy.append("client: \(list(translator.clientKeys))") }
        if !translator.routeKeys.isEmpty { envoy.append("route: \(list(translator.routeKeys))") }
        if !envoy.isEmpty { lines.append("envoy: { \(envoy.joined(separator: ", ")) }") }
        lines += ["", translator.rules.isEmpty ? "routes: []" : "routes:"]
        for rule in translator.rules { lines += text(rule) }
        lines += ["otherwise: allow"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func windows(_ options: EnvoyImport.Options) -> String {
        let algorithm = options.windows == .calendar ? "fixed-window" : "sliding-window"
        return "algorithm: \(algorithm)"
    }

    private static func text(_ rule: EnvoyRule) -> [String] {
        let attributes = [(key: "domain", pattern: rule.domain), (key: "descriptor", pattern: rule.shape)] + rule.match
        let match = attributes.map { "\(YAMLText.scalar($0.key)): \(YAMLText.scalar($0.pattern))" }
        var lines = [
            "  - name: \(YAMLText.scalar(rule.name))",
            "    match: { \(match.joined(separator: ", ")) }",
        ]
        if rule.shadow { lines.append("    shadow: true") }
        switch rule.outcome {
        case .limit(let rate, let name, let overdraft):
            var parts = name.isEmpty ? [] : ["name: \(YAMLText.scalar(name))"]
            parts += ["rate: \(rate)", "per: \(list(rule.per))"]
            if overdraft { parts.append("overdraft: true") }
            lines.append("    limits: [ { \(parts.joined(separator: ", ")) } ]")
        case .unlimited: lines.append("    exempt: true")
        case .nothing: lines[0] += "    # no limit here, and none of those below"
        }
        return lines
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "[]" : "[ \(names.map { YAMLText.scalar($0) }.joined(separator: ", ")) ]"
    }

    /// Text that stays in the line of a comment, whatever YAML takes for the end of one.
    private static func comment(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { YAMLText.isPrintable($0) ? $0 : "?" }))
    }
}

/// Writes text as YAML that reads as the same text.
enum YAMLText {
    /// A scalar, plain where nothing in it could mean anything else.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { isWord($0) } && text.utf8.first.map { isLetter($0) } == true
            && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        if isPlain { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where isPrintable(scalar): quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return quoted + "\""
    }

    /// Neither a control character nor one that YAML takes for a line's end or a byte order mark.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory != .control && ![0x2028, 0x2029, 0xFEFF].contains(scalar.value)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
    }
}
