internal import LimitCore

/// Turns limits of envoyproxy/ratelimit into a policy that decides the same descriptors the same way.
///
/// That service looks for a descriptor level by level: an exact value before wildcards in file order before any value,
/// without a way back, and the limit that holds is the one at the last entry. The policy says the same by the order of
/// its rules. A rule matches descriptors of one shape, which is their domain and their keys; each follows those it gives
/// way to. Where a path ends without a limit and a later rule would fit the call, a rule without limits stands between.
package struct EnvoyImport {
    package enum Windows: String, Sendable, CaseIterable {
        /// Aligned to UTC, as there.
        case calendar
        /// From the first charge on, without the double burst at an edge.
        case sliding
    }

    package struct Options: Sendable {
        package var windows = Windows.calendar
        /// Keys of descriptors that are charged with a cost which is known only afterwards.
        package var overdraft: [String] = []
        /// Keys that are the client, and the route; the first that a descriptor has.
        package var client: [String] = []
        package var route: [String] = []

        package init() {}
    }

    /// What comes out: a policy file, and what it does not say.
    package struct Translation: Sendable {
        package var policy: String
        package var notes: [ImportNote]
        package var rules: Int
    }

    /// Translates files, each with the name it goes by in problems. Files of one domain are read as one.
    package static func translate(
        _ files: [(name: String, bytes: [UInt8])],
        _ options: Options = Options()
    ) throws(PolicyErrors) -> Translation {
        var translator = EnvoyTranslator(options)
        var configs: [(file: String, config: EnvoyConfig)] = []
        for file in files {
            let (config, notes) = try EnvoyConfigDecoder.decode(file.bytes, file: file.name)
            translator.notes += notes
            configs.append((file.name, config))
        }
        translator.translate(configs)
        let order = Dictionary(files.enumerated().map { ($1.name, $0) }) { first, _ in first }
        translator.notes.sort {
            (order[$0.file] ?? 0, $0.mark, $0.message) < (order[$1.file] ?? 0, $1.mark, $1.message)
        }
        return Translation(
            policy: EnvoyPolicyText.write(translator, options, files.map(\.name)),
            notes: translator.notes,
            rules: translator.rules.count
        )
    }
}
