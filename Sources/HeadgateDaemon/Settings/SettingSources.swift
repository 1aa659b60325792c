/// Where settings come from, in the order in which they win: flags, environment, settings file.
package struct SettingSources: Sendable {
    /// A setting's text and the words for where it stands, for errors.
    package struct Found: Sendable, Equatable {
        package var text: String
        package var origin: String
    }

    /// By flag name without dashes: `max-keys`.
    private let flags: [String: String]
    private let environment: [String: String]
    private let file: SettingsFile?

    package init(flags: [String: String], environment: [String: String] = [:], file: SettingsFile? = nil) {
        self.flags = flags
        self.environment = environment
        self.file = file
    }

    /// The setting of that name, from the first source that has it.
    package func find(_ name: String) -> Found? {
        if let text = flags[name] { return Found(text: text, origin: "--\(name)") }
        let variable = Self.variable(name)
        if let text = environment[variable] { return Found(text: text, origin: variable) }
        guard let file, let text = file.entries[name] else { return nil }
        return Found(text: text, origin: "\(file.path): \(name)")
    }

    /// The environment's name of a setting: `HEADGATE_MAX_KEYS`.
    package static func variable(_ name: String) -> String {
        "HEADGATE_" + String(name.map { $0 == "-" ? "_" : $0 }).uppercased()
    }
}

extension SettingSources {
    /// A whole number within bounds.
    func integer(_ name: String, _ bounds: ClosedRange<Int>) throws(SettingsError) -> Int? {
        guard let found = find(name) else { return nil }
        guard let value = Int(found.text), bounds.contains(value) else {
            throw found.problem("is not a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return value
    }

    /// `true` or `false`.
    func flag(_ name: String) throws(SettingsError) -> Bool? {
        guard let found = find(name) else { return nil }
        guard let value = Bool(found.text) else { throw found.problem("is neither true nor false") }
        return value
    }
}

extension SettingSources.Found {
    func problem(_ problem: String) -> SettingsError {
        SettingsError("\(origin): \"\(text)\" \(problem)")
    }
}
