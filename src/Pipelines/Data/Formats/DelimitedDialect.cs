using System.Text;
using CsvHelper;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>How a delimited text is written.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="Quotes">Whether <c>"</c> quotes fields (RFC 4180); if not, it is an ordinary character.</param>
internal readonly record struct DelimitedDialect(char Delimiter, bool Quotes)
{
    private const int SampleBytes = 1 << 20;

    private static readonly char[] Delimiters = [',', '\t', ';', '|'];

    /// <summary>Finds the dialect under which a file's beginning (1 MiB) reads as records of one length.</summary>
    /// <remarks>
    /// Each candidate is tried. The one wins under which most records have the commonest number of fields and unbroken quotes;
    /// then the one with more fields; then quotes before no quotes. A text that no delimiter divides is one column.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding.</param>
    /// <param name="delimiter">The delimiter, where it is known.</param>
    /// <param name="quotes">Whether fields are quoted, where it is known.</param>
    public static DelimitedDialect Detect(string path, Encoding encoding, char? delimiter, bool? quotes)
    {
        string sample = Sample(path, encoding, out bool whole);
        DelimitedDialect best = new(delimiter ?? ',', quotes ?? true);
        var bestScore = (Agreement: -1.0, Fields: 0);
        foreach (char candidate in delimiter is { } known ? [known] : Delimiters)
        {
            foreach (bool quoted in quotes is { } set ? [set] : new[] { true, false })
            {
                var dialect = new DelimitedDialect(candidate, quoted);
                (double Agreement, int Fields) score = dialect.Score(sample, whole);
                // One field a record agrees with itself under every wrong delimiter: any division that holds goes first.
                bool divides = score.Fields > 1 && score.Agreement >= 0.5;
                bool bestDivides = bestScore.Fields > 1 && bestScore.Agreement >= 0.5;
                if (divides == bestDivides ? score.CompareTo(bestScore) > 0 : divides)
                    (best, bestScore) = (dialect, score);
            }
        }
        return best;
    }

    /// <summary>Options of a reader for this dialect that leaves the judgement of odd records to the caller.</summary>
    public CsvReaderOptions ReaderOptions(Action<CsvMalformedRecord> onMalformed) => new()
    {
        Separator = Delimiter,
        HasHeader = false,
        Mode = Quotes ? CsvMode.Rfc4180 : CsvMode.NoEscape,
        TrackLineNumbers = true,
        OnMalformedRecord = onMalformed,
    };

    private (double Agreement, int Fields) Score(string sample, bool whole)
    {
        var records = new List<(int Fields, bool Broken)>();
        bool broken = false;
        using var reader = CsvReader.FromText(sample, ReaderOptions(record => broken |= IsBroken(record.Reason)));
        while (reader.Read())
        {
            records.Add((reader.FieldCount, broken));
            broken = false;
        }
        // The sample may end inside a record.
        if (!whole && records.Count > 1)
            records.RemoveAt(records.Count - 1);
        if (records.Count == 0)
            return (0, 0);
        IGrouping<int, (int, bool)> commonest = records
            .GroupBy(record => record.Fields)
            .OrderByDescending(group => group.Count())
            .ThenByDescending(group => group.Key)
            .First();
        return (commonest.Count(record => !record.Item2) / (double)records.Count, commonest.Key);
    }

    /// <summary>Whether a record with this oddity cannot be trusted. A quote in the middle of an unquoted field is ordinary text.</summary>
    internal static bool IsBroken(CsvMalformedReason reason) => reason is not CsvMalformedReason.StrayQuote;

    private static string Sample(string path, Encoding encoding, out bool whole)
    {
        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[(int)Math.Min(file.Length, SampleBytes)];
        file.ReadExactly(bytes);
        whole = file.Length <= SampleBytes;
        using var text = new StreamReader(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: true);
        return text.ReadToEnd();
    }
}
