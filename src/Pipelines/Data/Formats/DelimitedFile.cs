using System.Globalization;
using System.Text;
using CsvHelper;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>A CSV or TSV file.</summary>
internal sealed class DelimitedFile : ITable
{
    private readonly DelimitedDialect _dialect;
    private readonly Encoding _encoding;
    private readonly bool _hasHeader;
    private readonly string _name;

    private DelimitedFile(string path, DelimitedDialect dialect, Encoding encoding, bool hasHeader, string[] columns)
    {
        Path = path;
        _name = System.IO.Path.GetFileName(path);
        _dialect = dialect;
        _encoding = encoding;
        _hasHeader = hasHeader;
        Columns = columns;
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<string> Notes => [];

    /// <summary>Delimiter and quoting in force.</summary>
    public DelimitedDialect Dialect => _dialect;

    /// <summary>Whether the first record holds the columns' names.</summary>
    public bool HasHeader => _hasHeader;

    /// <summary>Detects what the source leaves open and reads the column names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Delimiter, quotes, header and encoding, where they are set.</param>
    /// <param name="format"><see cref="DataFormat.Csv"/> or <see cref="DataFormat.Tsv"/>.</param>
    /// <param name="expected">Names of columns that the pipeline asks for: a first record that holds one of them is a header.</param>
    /// <exception cref="UserException">The file is empty.</exception>
    public static DelimitedFile Open(string path, DataSource source, DataFormat format, IReadOnlyList<string> expected)
    {
        Encoding encoding = TextEncoding.Find(source.Encoding);
        char? delimiter = source.Delimiter?[0] ?? (format == DataFormat.Tsv ? '\t' : null);
        DelimitedDialect dialect = DelimitedDialect.Detect(path, encoding, delimiter, source.Quotes);
        string[] first = FirstRecord(path, dialect, encoding);
        bool hasHeader = source.Header ?? IsHeader(first, expected);
        string[] columns = hasHeader
            ? [.. first.Select(name => name.Trim())]
            : [.. Enumerable.Range(1, first.Length).Select(Unnamed)];
        return new DelimitedFile(path, dialect, encoding, hasHeader, columns);
    }

    public IEnumerable<TableRow> Read(IReadOnlyList<int> columns)
    {
        (CsvMalformedReason Reason, long Line)? broken = null;
        using CsvReader reader = CreateReader(Path, _dialect, _encoding, record =>
        {
            if (DelimitedDialect.IsBroken(record.Reason))
                broken = (record.Reason, record.LineNumber);
        });
        bool atHeader = _hasHeader;
        while (reader.Read())
        {
            (CsvMalformedReason Reason, long Line)? oddity = broken;
            broken = null;
            if (atHeader)
            {
                atHeader = false;
                continue;
            }
            string key = string.Create(CultureInfo.InvariantCulture, $"{_name}:{reader.LineNumber}");
            if (Problem(reader.FieldCount, oddity?.Reason) is { } problem)
            {
                yield return new TableRow(key, [], problem);
                continue;
            }
            var values = new string?[columns.Count];
            for (int i = 0; i < values.Length; i++)
                values[i] = reader.GetString(columns[i]);
            yield return new TableRow(key, values);
        }
    }

    private RowProblem? Problem(int fields, CsvMalformedReason? oddity)
    {
        if (oddity is { } reason)
        {
            string what = reason switch
            {
                CsvMalformedReason.UnterminatedQuote => "a quote is opened and never closed",
                CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quote; a quote inside a quoted field is written twice",
                _ => reason.ToString(),
            };
            return new RowProblem(RowProblemKind.Malformed, what + " (if quotes are ordinary text in this file, set data.quotes to false)");
        }
        return fields == Columns.Count
            ? null
            : new RowProblem(RowProblemKind.Malformed, $"the record has {fields} fields where {Columns.Count} were expected");
    }

    private static CsvReader CreateReader(string path, DelimitedDialect dialect, Encoding encoding, Action<CsvMalformedRecord> onMalformed)
    {
        var text = new StreamReader(path, encoding, detectEncodingFromByteOrderMarks: true);
        return CsvReader.Create(text, dialect.ReaderOptions(onMalformed), leaveOpen: false);
    }

    private static string[] FirstRecord(string path, DelimitedDialect dialect, Encoding encoding)
    {
        using CsvReader reader = CreateReader(path, dialect, encoding, _ => { });
        return reader.Read()
            ? reader.Current.ToArray()
            : throw new UserException($"{path} is empty: no header and no rows. Give a file with at least one row for each of two classes.");
    }

    // A header holds a name that the pipeline asks for. Failing that, distinct names that are not numbers are taken for one:
    // files without a header are rare, and a wrong guess shows itself as a missing column.
    private static bool IsHeader(string[] first, IReadOnlyList<string> expected)
    {
        string[] names = [.. first.Select(name => name.Trim())];
        if (names.Intersect(expected, StringComparer.OrdinalIgnoreCase).Any())
            return true;
        if (expected.Any(name => name == Unnamed(1) || name == Unnamed(2)))
            return false;
        return names.All(name => name.Length is > 0 and <= 64 && !IsNumber(name))
            && names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == names.Length;
    }

    private static string Unnamed(int number) => string.Create(CultureInfo.InvariantCulture, $"Column{number}");

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
