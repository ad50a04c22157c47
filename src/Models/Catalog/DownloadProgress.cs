namespace MLTransfer.Models.Catalog;

/// <summary>How far a download is.</summary>
/// <param name="File">The file's name.</param>
/// <param name="BytesDone">Bytes on disk, those of an earlier attempt included.</param>
/// <param name="BytesTotal">Bytes in all; null where the server does not say.</param>
public sealed record DownloadProgress(string File, long BytesDone, long? BytesTotal);
