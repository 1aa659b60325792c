/// Rows in columns: the first to the left, numbers to the right, a bar at the end as it is.
struct TextTable {
    private var rows: [[String]]

    init(head: [String]) {
        rows = [head]
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    /// A line for the head and for each row.
    var lines: [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                let isLeft = column == 0 || cell.hasPrefix("#")
                line += (column == 0 ? "" : "  ") + (isLeft ? cell + space : space + cell)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
