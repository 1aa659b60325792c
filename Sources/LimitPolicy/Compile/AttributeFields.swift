internal import LimitCore

/// The attributes that a policy looks at, numbered from 1; field 0 is the route.
struct AttributeFields: Sendable {
    private(set) var names: [String] = []
    private var numbers: [[UInt8]: Int32] = [:]
    private var map = ByteMap([])

    /// How many fields there are, the route among them.
    var count: Int { names.count + 1 }

    /// The field of an attribute, a new one where it has none yet.
    mutating func number(of attribute: String) -> Int32 {
        let key = Array(attribute.utf8)
        if let number = numbers[key] { return number }
        names.append(attribute)
        let number = Int32(names.count)
        numbers[key] = number
        return number
    }

    /// Makes `find` know all fields.
    mutating func freeze() {
        map = ByteMap(numbers.map { ByteMap.Entry(table: 0, key: $0.key, value: $0.value) })
    }

    /// The field of an attribute by its name's bytes.
    func find(_ attribute: Span<UInt8>) -> Int32? {
        names.isEmpty ? nil : map.find(attribute)
    }
}
