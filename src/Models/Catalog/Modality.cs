namespace MLTransfer.Models.Catalog;

/// <summary>What a backbone reads.</summary>
public enum Modality
{
    /// <summary>Pixels of one image.</summary>
    Image,

    /// <summary>Token ids of one text or of a sentence pair.</summary>
    Text,
}
