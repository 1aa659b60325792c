/// The script that decides, as it is embedded in the binary.
package enum DecisionScript {
    package static let source = String(decoding: PackageResources.decide_lua, as: UTF8.self)
}
