using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>Opens rows on disk, whatever their format.</summary>
internal static class TableFile
{
    /// <summary>Opens a file or folder.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="source">Format and dialect, where they are set.</param>
    /// <param name="expected">Names of columns that the pipeline asks for; they help to tell a header from a row.</param>
    /// <exception cref="UserException">The path does not exist or is not of the format.</exception>
    public static ITable Open(string path, DataSource source, IReadOnlyList<string> expected)
    {
        DataFormat format = source.Format ?? Detect(path);
        if (format == DataFormat.ImageFolder)
            return ImageFolder.Open(path, source.Label);
        if (Directory.Exists(path))
            throw new UserException($"{path} is a folder where a {Name(format)} file was expected. Give the file, or set data.format to image-folder.");
        if (!File.Exists(path))
            throw new UserException($"The data file {path} does not exist. Relative paths are relative to the pipeline file.");
        try
        {
            return format switch
            {
                DataFormat.JsonLines => JsonLinesFile.Open(path, source),
                DataFormat.Parquet => ParquetTable.Open(path),
                _ => DelimitedFile.Open(path, source, format, expected),
            };
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UserException($"The data file {path} cannot be opened: {error.Message} Give yourself the right to read it.", error);
        }
    }

    /// <summary>The format that a path tells: folders by what they are, files by their extension.</summary>
    /// <exception cref="UserException">There is nothing at the path, or its extension says nothing.</exception>
    public static DataFormat Detect(string path)
    {
        if (Directory.Exists(path))
            return DataFormat.ImageFolder;
        if (!File.Exists(path))
            throw new UserException($"The data {path} does not exist. Relative paths are relative to the pipeline file.");
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" or ".txt" => DataFormat.Csv,
            ".tsv" or ".tab" => DataFormat.Tsv,
            ".jsonl" or ".ndjson" => DataFormat.JsonLines,
            ".parquet" or ".pq" => DataFormat.Parquet,
            string extension => throw new UserException(
                $"The format of {path} cannot be told from '{extension}'. Set data.format to csv, tsv, json-lines, parquet or image-folder."),
        };
    }

    private static string Name(DataFormat format) => format switch
    {
        DataFormat.JsonLines => "JSON lines",
        DataFormat.Parquet => "Parquet",
        DataFormat.Tsv => "TSV",
        _ => "CSV",
    };
}
