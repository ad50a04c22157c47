using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Catalog;

/// <summary>What the fields of a card must say about each other.</summary>
internal static class CardCheck
{
    /// <summary>Throws at the first contradiction.</summary>
    /// <param name="card">A card whose fields are valid one by one.</param>
    /// <param name="where">From the path of a field to the beginning of an error.</param>
    /// <exception cref="UserException">A field is missing for the modality, or a file or address is not one that may be used.</exception>
    public static void Check(BackboneCard card, Func<string, string> where)
    {
        CheckPreprocessing(card, where);
        CheckFile(card.Model, where("model"));
        CheckAddress(card.Address, where("address"));
        HashSet<string> names = new(StringComparer.Ordinal) { card.Model };
        for (int i = 0; i < card.Files.Count; i++)
        {
            CardDownload file = card.Files[i];
            CheckFile(file.Name, where($"files[{i}].name"));
            CheckAddress(file.Address, where($"files[{i}].address"));
            if (!names.Add(file.Name))
            {
                throw new UserException($"{where($"files[{i}].name")} is '{file.Name}', which the card names already.");
            }
        }

        if (card.Text?.Tokenizer is { } tokenizer)
        {
            CheckFile(tokenizer.Vocabulary, where("text.tokenizer.vocabulary"));
            CheckFile(tokenizer.Merges ?? "none", where("text.tokenizer.merges"));
        }
    }

    private static void CheckPreprocessing(BackboneCard card, Func<string, string> where)
    {
        (string own, string other, bool hasOwn, bool hasOther) = card.Modality == Modality.Image
            ? ("image", "text", card.Image is not null, card.Text is not null)
            : ("text", "image", card.Text is not null, card.Image is not null);
        if (!hasOwn)
        {
            throw new UserException($"{where("modality")} is '{own}', so the card needs the field '{own}' with the preprocessing.");
        }

        if (hasOther)
        {
            throw new UserException($"{where(other)} is the preprocessing of another modality than '{own}', the card's. Remove it, or change 'modality'.");
        }

        try
        {
            card.Image?.Validate();
        }
        catch (UserException exception)
        {
            throw new UserException($"{where("image")}: {exception.Message}", exception);
        }
    }

    /// <summary>A card may come from anywhere: it names files of its own folder, and no others.</summary>
    private static void CheckFile(string name, string where)
    {
        string root = Path.GetFullPath("/card");
        if (name.Length == 0 || Path.IsPathRooted(name) || !Path.GetFullPath(name, root).StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new UserException($"{where} is '{name}'; expected the name of a file in the card's folder.");
        }
    }

    private static void CheckAddress(Uri? address, string where)
    {
        if (address is not null && !FileDownload.IsAllowed(address))
        {
            throw new UserException($"{where} is '{address}'; expected an address that begins with https://.");
        }
    }
}
