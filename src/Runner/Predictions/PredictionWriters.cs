using MLTransfer.Models.Errors;

namespace MLTransfer.Runner.Predictions;

/// <summary>Chooses the form of predictions.</summary>
internal static class PredictionWriters
{
    /// <summary>By the file's extension, or for the console.</summary>
    /// <exception cref="UserException">The extension says nothing.</exception>
    public static IPredictionWriter Create(string? output, bool isJson, RunnerConsole console)
    {
        if (output is null)
            return isJson ? new JsonPredictions(console.Output) : new TablePredictions(console.Output);
        string path = console.FullPath(output);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => new CsvPredictions(path),
            ".jsonl" or ".ndjson" => new JsonFilePredictions(path),
            ".parquet" => new ParquetPredictions(path),
            string extension => throw new UserException($"--output {output}: expected a name that ends with .csv, .jsonl or .parquet, not '{extension}'."),
        };
    }
}
